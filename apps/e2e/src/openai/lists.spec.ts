import { fail, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { textLike } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, openaiSystem, refusalOf, search, tool } from './openai-system.ts';

const { clientOf, system, provider, create, client, lastBody, otherClient } = await openaiSystem();

describe('lists, token counts and compaction', () => {
  scenario('openai-list', 'lists responses by their fields, in pages', async () => {
    const own = clientOf(await system.token());
    const ids: string[] = [];
    for (const project of ['x', 'y', 'x'])
      ids.unshift((await own.responses.create({ model, input: 'x', metadata: { project } })).id);
    interface List {
      data: { id: string }[];
      has_more: boolean;
      last_id: string;
    }
    const list = (query: string) => own.get<List>(`/responses?${query}`);
    expect((await list('')).data.map(({ id }) => id)).toEqual(ids);
    const page = await list('limit=2');
    expect([page.data.length, page.has_more]).toEqual([2, true]);
    expect((await list(`limit=2&after=${page.last_id}`)).data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect((await list('metadata[project]=x&order=asc')).data.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect((await list(`status=completed&model=${model}`)).data).toHaveLength(3);
    expect((await list('status=failed')).data).toEqual([]);
    await expect(list('status=done')).rejects.toMatchObject(refusalOf('invalid_value', 'status'));
    await expect(list('after=resp_unknown')).rejects.toMatchObject(refusalOf('invalid_value', 'after'));
  });

  scenario('openai-count', 'counts input tokens without a model call', async () => {
    const asked = provider.calls.length;
    const { id } = await create({ input: 'one' });
    const count = async (fields: object) =>
      (await client.responses.inputTokens.count({ model, ...fields })).input_tokens;
    const few = await count({ input: 'Hello' });
    expect(few).toBeGreaterThan(0);
    expect(await count({ input: 'Hello '.repeat(100) })).toBeGreaterThan(few + 100);
    expect(await count({ input: 'Hello', previous_response_id: id })).toBeGreaterThan(few);
    expect(await count({ input: 'Hello', tools: [tool('one')] })).toBeGreaterThan(few);
    expect(await client.responses.inputTokens.count()).toEqual({
      object: 'response.input_tokens',
      input_tokens: 0,
    });
    expect(provider.calls).toHaveLength(asked + 1);
  });

  scenario('openai-compact', 'compacts a context', async () => {
    const first = await create({ input: 'My name is Ada' });
    provider.script = () => [text('The user is called Ada.')];
    const compacted = await client.responses.compact({
      model,
      previous_response_id: first.id,
      input: 'Nice!',
    });
    expect(compacted).toMatchObject({
      id: textLike(/^resp_/),
      object: 'response.compaction',
      output: [
        { type: 'message', role: 'user', content: [{ text: 'My name is Ada' }] },
        { type: 'message', role: 'user', content: [{ text: 'Nice!' }] },
        { type: 'compaction', id: textLike(/^cmp_/) },
      ],
      usage: { input_tokens: 10, output_tokens: 5 },
    });
    expect(JSON.stringify(compacted)).not.toContain('is called Ada');

    const input = [
      ...compacted.output,
      { role: 'user', content: 'Who am I?' },
    ] as OpenAI.Responses.ResponseInput;
    await client.responses.create({ model, input });
    expect(JSON.stringify(lastBody()?.messages)).toContain('The user is called Ada.');
    await expect(otherClient.responses.create({ model, input })).rejects.toMatchObject(
      refusalOf('invalid_value', 'input'),
    );
    provider.script = () => [fail(400, { message: 'no' })];
    await expect(client.responses.compact({ model, input: 'x' })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
  });

  scenario('openai-compact', 'compacts a context in place of an answer', async () => {
    const first = await create({ input: 'My name is Ada' });
    provider.script = () => [text('The user is called Ada.')];
    const trigger = { type: 'compaction_trigger' as const };
    const stream = await client.responses.create({
      ...{ model, stream: true, previous_response_id: first.id, input: [trigger] },
    });
    const types: string[] = [];
    let response: OpenAI.Responses.Response | undefined;
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'response.completed') response = event.response;
    }
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.compaction.compacting',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(response?.output).toMatchObject([{ type: 'compaction', encrypted_content: textLike(/^v1\./) }]);
    await create({ previous_response_id: response?.id ?? '', input: 'Who am I?' });
    expect(lastBody()?.messages.map(({ content }) => content)).toEqual([
      'My name is Ada',
      'What was said before, summed up:\n\nThe user is called Ada.',
      'Who am I?',
    ]);
  });

  scenario('openai-late-cancel', 'refuses to cancel an ended response', async () => {
    const { id } = await create({});
    await expect(client.responses.cancel(id)).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'invalid_request',
    });
  });

  scenario('openai-no-retry', 'forbids retries of errors once tools have run', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [fail(401)];
    await expect(client.responses.create({ model, input: 'x', tools: [search] })).rejects.toSatisfy(
      (error: InstanceType<typeof OpenAI.APIError>) => error.headers?.get('x-should-retry') === 'false',
    );
  });
});
