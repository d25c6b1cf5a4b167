import { fail, hang, reasoning, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import OpenAI5 from 'openai-5';
import { zodResponsesFunction as zodFunction5, zodTextFormat as zodFormat5 } from 'openai-5/helpers/zod';
import OpenAI6 from 'openai-6';
import { zodResponsesFunction as zodFunction6, zodTextFormat as zodFormat6 } from 'openai-6/helpers/zod';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { describe, expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider, receiver } = system;
const apiKey = await system.token();
const model = 'gpt-scripted';
const weather = { city: 'Paris', degrees: 21 };

/** The major versions in use. The calls here are the same in all of them, so the types of the newest one fit. */
const versions = {
  7: {
    Client: OpenAI,
    format: zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather'),
    tool: zodResponsesFunction({ name: 'get_weather', parameters: z.object({ city: z.string() }) }),
  },
  6: {
    Client: OpenAI6 as unknown as typeof OpenAI,
    format: zodFormat6(z.object({ city: z.string(), degrees: z.number() }), 'weather'),
    tool: zodFunction6({ name: 'get_weather', parameters: z.object({ city: z.string() }) }),
  },
  5: {
    Client: OpenAI5 as unknown as typeof OpenAI,
    // It reads schemas of zod 3, while its types resolve to zod 4 here.
    format: zodFormat5(z3.object({ city: z3.string(), degrees: z3.number() }) as never, 'weather'),
    tool: zodFunction5({ name: 'get_weather', parameters: z3.object({ city: z3.string() }) as never }),
  },
};

describe.each(Object.entries(versions))('openai %s', (version, { Client, format, tool }) => {
  const client = new Client({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
  const create = (fields: object = {}) => client.responses.create({ model, input: 'Say hello', ...fields });

  scenario('sdk-versions', 'creates, streams, reads and deletes', async () => {
    provider.script = () => [reasoning('Hm.'), text('Hello', ' there.')];
    const created = await create();
    expect(created.output_text).toBe('Hello there.');
    const stream = client.responses.stream({ model, input: 'Say hello' });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    const { id, output } = await stream.finalResponse();
    expect(output).toMatchObject([{ type: 'reasoning' }, { content: [{ text: 'Hello there.' }] }]);
    expect((await client.responses.retrieve(id)).output_text).toBe('Hello there.');

    const replay = client.responses.stream({ response_id: id, starting_after: 2 });
    const numbers: number[] = [];
    for await (const { sequence_number: number } of replay) numbers.push(number);
    expect(numbers[0]).toBe(3);
    expect((await replay.finalResponse()).id).toBe(id);

    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content }));
    const { id: listed } = await create({ input });
    const texts: unknown[] = [];
    for await (const item of client.responses.inputItems.list(listed, { limit: 2, order: 'asc' }))
      texts.push(JSON.stringify(item).match(/one|two|three/)?.[0]);
    expect(texts).toEqual(['one', 'two', 'three']);

    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({
      constructor: Client.NotFoundError,
      status: 404,
      code: 'not_found',
    });
  });

  scenario('sdk-versions', 'parses answers and arguments with zod', async () => {
    provider.script = () => [text(JSON.stringify(weather))];
    const answered = await client.responses.parse({ model, input: 'x', text: { format } });
    expect(answered.output_parsed).toEqual(weather);
    const streamed = await client.responses.stream({ model, input: 'x', text: { format } }).finalResponse();
    expect(streamed.output_parsed).toEqual(weather);

    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('get_weather', { city: 'Paris' })] : [text(`${toolOutputs[0]}!`)];
    const asked = await client.responses.parse({ model, input: 'Weather?', tools: [tool] });
    const [call] = asked.output;
    if (call?.type !== 'function_call') throw new Error('no call');
    // Version 5 has the complete call there.
    expect(JSON.stringify(call.parsed_arguments)).toContain('Paris');
    const output = [{ type: 'function_call_output', call_id: call.call_id, output: 'Sunny' }];
    const sunny = await create({ input: output, previous_response_id: asked.id, tools: [tool] });
    expect(sunny.output_text).toBe('Sunny!');
  });

  scenario('sdk-versions', 'runs in the background, and receives the webhook of the end', async () => {
    const place = `sdk-${version}`;
    const endpoint = await client.post<{ id: string; signing_secret: string }>('/webhooks', {
      body: { name: place, url: receiver.at(place) },
    });
    onTestFinished(() => client.delete(`/webhooks/${endpoint.id}`));
    let response = await create({ background: true });
    expect(response.status).toBe('queued');
    await expect
      .poll(async () => (response = await client.responses.retrieve(response.id)).status)
      .toBe('completed');
    expect(response.output_text).toBe('Hello there.');
    const [delivery] = await receiver.received(place, 1);
    if (!delivery) throw new Error('no delivery');
    expect(
      await client.webhooks.unwrap(delivery.body, delivery.headers, endpoint.signing_secret),
    ).toMatchObject({ type: 'response.completed', data: { id: response.id } });

    provider.script = () => [text('Half'), hang()];
    const { id } = await create({ background: true });
    expect((await client.responses.cancel(id)).status).toBe('cancelled');
  });

  scenario('sdk-versions', 'keeps conversations', async () => {
    const { id } = await client.conversations.create({ items: [{ role: 'user', content: 'I am Ada' }] });
    await create({ conversation: id });
    const roles: unknown[] = [];
    for await (const item of client.conversations.items.list(id, { order: 'asc', limit: 2 }))
      roles.push('role' in item && item.role);
    expect(roles).toEqual(['user', 'user', 'assistant']);
    expect(await client.conversations.delete(id)).toMatchObject({ deleted: true });
  });

  scenario(['sdk-versions', 'openai-stream-error'], 'throws the error of a stream', async () => {
    const says = async (events: Promise<AsyncIterable<unknown>> | AsyncIterable<unknown>) => {
      for await (const event of await events) expect(event).not.toHaveProperty('error');
    };
    const broken = { message: textWith('no such tune'), code: 'invalid_prompt' };
    provider.script = () => [fail(400, { message: 'no such tune' })];
    const body = { model, input: 'x' };
    await expect(says(client.responses.create({ ...body, stream: true }))).rejects.toMatchObject(broken);
    await expect(says(client.responses.stream(body))).rejects.toMatchObject(broken);
    const background = client.responses.create({ ...body, background: true, stream: true });
    await expect(says(background)).rejects.toMatchObject(broken);
    const { data } = await client.get<{ data: { id: string }[] }>('/responses?status=failed&limit=1');
    const id = data[0]?.id ?? '';
    await expect(says(client.responses.retrieve(id, { stream: true }))).rejects.toMatchObject(broken);
    expect(await client.responses.retrieve(id)).toMatchObject({ status: 'failed', error: broken });
  });

  scenario('sdk-versions', 'throws its own errors', async () => {
    await expect(create({ temperature: 3 })).rejects.toMatchObject({
      constructor: Client.BadRequestError,
      type: 'invalid_request_error',
      param: 'temperature',
    });
    const withoutAccess = new Client({ baseURL: `${system.url}/v1`, apiKey: 'sk_wrong', maxRetries: 0 });
    await expect(withoutAccess.models.list()).rejects.toBeInstanceOf(Client.AuthenticationError);
  });
});
