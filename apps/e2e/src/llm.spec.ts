import { fail, text, toolCall } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import type { ChatCompletionFunctionTool } from 'openai/resources/chat/completions';
import { expect } from 'vitest';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const clientAt = (path: string, apiKey = token) =>
  new OpenAI({ baseURL: `${system.url}${path}`, apiKey, maxRetries: 0 });
const client = clientAt('/llm/v1');
const model = 'gpt-scripted';
const messages = [{ role: 'user' as const, content: 'Say hello' }];

const weatherTool: ChatCompletionFunctionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

scenario('llm-models', 'the models are listed', async () => {
  const models = [];
  for await (const { id, object } of client.models.list()) models.push([id, object]);
  expect(models).toEqual(
    expect.arrayContaining([
      ['jan-v2-30b', 'model'],
      ['gpt-scripted', 'model'],
    ]),
  );
  expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
  await expect(client.models.retrieve('no-such-model')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

scenario('llm-chat', 'a completion, plain and streamed', async () => {
  const completion = await client.chat.completions.create({ model, messages });
  expect(completion).toMatchObject({
    object: 'chat.completion',
    model,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello there.' } }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });

  const pieces: string[] = [];
  let total: number | undefined;
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content;
    if (piece) pieces.push(piece);
    total = chunk.usage?.total_tokens ?? total;
  }
  expect([pieces, total]).toEqual([['Hello', ' there', '.'], 15]);

  // The same without the prefix.
  expect(
    (await clientAt('/v1').chat.completions.create({ model, messages })).choices[0]?.message.content,
  ).toBe('Hello there.');
});

scenario('llm-tools', 'tool calls, plain and streamed', async () => {
  provider.script = () => [toolCall('get_weather', { city: 'Paris' }, { id: 'call_paris' })];
  const call = {
    id: 'call_paris',
    type: 'function',
    function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
  };
  const completion = await client.chat.completions.create({ model, messages, tools: [weatherTool] });
  expect(completion.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [call] },
  });
  const streamed = await client.chat.completions
    .stream({ model, messages, tools: [weatherTool] })
    .finalChatCompletion();
  expect(streamed.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [call] } });
});

scenario('llm-errors', 'errors of its own', async () => {
  await expect(clientAt('/llm/v1', 'sk_wrong').models.list()).rejects.toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
  await expect(client.chat.completions.create({ model: 'no-such-model', messages })).rejects.toBeInstanceOf(
    OpenAI.NotFoundError,
  );
  await expect(client.chat.completions.create({ model, messages: [] })).rejects.toBeInstanceOf(
    OpenAI.BadRequestError,
  );
  await expect(client.chat.completions.create({ model, messages, temperature: 7 })).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    param: 'temperature',
  });
  provider.script = () => [
    fail(400, { message: 'The context is too long', code: 'context_length_exceeded' }),
  ];
  await expect(client.chat.completions.create({ model, messages })).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    code: 'context_length_exceeded',
  });
  provider.script = () => [fail(403)];
  await expect(client.chat.completions.create({ model, messages })).rejects.toBeInstanceOf(
    OpenAI.InternalServerError,
  );
  // A temporary failure does not reach the caller.
  let failures = 2;
  provider.script = () => (failures-- > 0 ? [fail(503)] : [text('At last.')]);
  expect((await client.chat.completions.create({ model, messages })).choices[0]?.message.content).toBe(
    'At last.',
  );
});
