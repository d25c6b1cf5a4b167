import { fail, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, openaiSystem, refusalOf, tool } from './openai-system.ts';

const { provider, client, create, lastBody, otherClient } = await openaiSystem();

describe('the context of a response', () => {
  scenario('openai-missing-output', 'must have an output for each call', async () => {
    provider.script = () => [toolCall('one', {}, { id: 'call_1' })];
    const { id } = await client.responses.create({ model, input: 'x', tools: [tool('one')] });
    await expect(create({ previous_response_id: id })).rejects.toMatchObject({
      ...refusalOf('invalid_value', 'input'),
      message: textWith('No tool output found for function call call_1.'),
    });
    const output = (call_id: string) => ({ type: 'function_call_output', call_id, output: 'ok' });
    await expect(
      create({ previous_response_id: id, input: [output('call_1'), output('call_2')] }),
    ).rejects.toMatchObject({ message: textWith('No tool call found') });
    provider.script = () => [text('Done')];
    expect(await create({ previous_response_id: id, input: [output('call_1')] })).toMatchObject({
      output_text: 'Done',
    });
  });

  scenario('openai-previous', 'is the input and the output of the previous response', async () => {
    const first = await create({ input: 'one', instructions: 'Rhyme' });
    await create({ input: 'two', previous_response_id: first.id });
    expect(lastBody()?.messages).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'two' },
    ]);
    await client.responses.delete(first.id);
    await expect(create({ previous_response_id: first.id })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
    const { id } = await create({});
    for (const stream of [false, true])
      await expect(
        otherClient.responses.create({ model, input: 'x', previous_response_id: id, stream }),
      ).rejects.toMatchObject({
        constructor: OpenAI.BadRequestError,
        code: 'previous_response_not_found',
      });
    provider.script = () => [text('Half'), fail(400)];
    let failedId = '';
    const fails = async () => {
      for await (const event of await client.responses.create({ model, input: 'x', stream: true }))
        if (event.type === 'response.created') failedId = event.response.id;
    };
    await expect(fails()).rejects.toMatchObject({ code: 'server_error' });
    await expect(create({ previous_response_id: failedId })).rejects.toMatchObject(
      refusalOf('invalid_value', 'previous_response_id'),
    );
  });

  scenario('openai-context-items', 'is listed by input_items as a whole', async () => {
    const first = await create({ input: 'one' });
    const { id } = await create({ input: 'two', previous_response_id: first.id, instructions: 'Rhyme' });
    const items = [];
    for await (const item of client.responses.inputItems.list(id, {
      order: 'asc',
      limit: 2,
      include: ['message.input_image.image_url'],
    }))
      items.push(item);
    expect(items).toMatchObject([
      { role: 'system', content: [{ text: 'Rhyme' }] },
      { role: 'user', content: [{ text: 'one' }] },
      { role: 'assistant', content: [{ text: 'Hello there.' }] },
      { role: 'user', content: [{ text: 'two' }] },
    ]);
  });

  scenario('openai-item-reference', 'may name items by their ids', async () => {
    const first = await create({ input: 'one' });
    const input = [
      { type: 'item_reference' as const, id: first.output[0]?.id ?? '' },
      { role: 'user' as const, content: 'two' },
    ];
    await client.responses.create({ model, input });
    expect(lastBody()?.messages).toEqual([
      { role: 'assistant', content: 'Hello there.' },
      { role: 'user', content: 'two' },
    ]);
    await expect(otherClient.responses.create({ model, input })).rejects.toMatchObject(
      refusalOf('invalid_value', 'input'),
    );
  });
});
