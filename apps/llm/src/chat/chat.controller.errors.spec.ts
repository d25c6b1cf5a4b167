import type { RunningService } from '@antiphon/service-kit';
import { cut, fail, hang, ScriptedProvider, text } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientOf, messages, model, postChat, startLlm } from './__fixtures__/llm-service.ts';

let provider: ScriptedProvider;
let service: RunningService;
let client: OpenAI;

beforeAll(async () => {
  provider = await ScriptedProvider.start();
  service = await startLlm({ OPENAI_BASE_URL: provider.baseUrl });
  client = clientOf(service);
});

afterAll(async () => {
  await service.stop();
  await provider.stop();
});

beforeEach(() => {
  provider.calls.length = 0;
});

afterEach(() => {
  provider.script = () => [text('Hello', ' there')];
});

describe('errors', () => {
  const create = (body: object) =>
    client.chat.completions.create({
      model,
      messages,
      ...body,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming);

  it.each([
    ['n', { n: 2 }],
    ['messages', { messages: [] }],
    ['messages', { messages: 'Hi' }],
    ['messages[0]', { messages: [{ role: 'robot', content: 'Hi' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 5 }] }],
    ['model', { model: 5 }],
    ['model', { model: '' }],
    ['temperature', { temperature: 3 }],
    ['stream', { stream: 'yes' }],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: { name: 'a b' } }] }],
    ['tool_choice', { tool_choice: 'maybe' }],
    ['response_format', { response_format: { type: 'yaml' } }],
    ['functions', { functions: [{ name: 'old' }] }],
  ])('name the wrong field: %s', async (param, body) => {
    const error = await create(body).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect((error as { param?: string }).param?.startsWith(param)).toBe(true);
    expect(error).toMatchObject({ type: 'invalid_request_error' });
    expect(provider.calls).toHaveLength(0);
  });

  it.each([
    ['null', null],
    ['an array', []],
    ['half of JSON', '{"model":'],
  ])('come for a body that is %s', async (_what, body) => {
    const reply = await postChat(service, body);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('have the classes of the client', async () => {
    await expect(create({ model: 'unknown-model' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create({ model: 'unknown-model' })).rejects.toMatchObject({
      code: 'model_not_found',
      param: 'model',
    });
    await expect(clientOf(service, 'sk_wrong').models.list()).rejects.toBeInstanceOf(OpenAI.APIError);
    await expect(clientOf(service, 'wrong').models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    provider.script = () => [fail(429, { headers: { 'retry-after': '40' } })];
    const limited = await create({}).catch((thrown: unknown) => thrown);
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect((limited as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')).toBe('40');
    provider.script = () => [fail(401, { message: 'Incorrect API key sk-operator' })];
    const blamed = await create({}).catch((thrown: unknown) => thrown);
    expect(blamed).toMatchObject({
      status: 502,
      message: expect.not.stringContaining('sk-operator') as string,
    });
  });

  it("pass on the provider's refusal with its code", async () => {
    provider.script = () => [
      fail(400, { message: 'maximum context length is 8192', code: 'context_length_exceeded' }),
    ];
    await expect(create({})).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      message: '400 maximum context length is 8192',
    });
  });

  it('within a stream end it in the form of the client', async () => {
    provider.script = () => [text('Hel'), cut()];
    let seen = '';
    const reading = async () => {
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
        seen += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(reading()).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(seen).toBe('Hel');
    provider.script = () => [text('Hel'), cut()];
    await expect(create({})).rejects.toMatchObject({ status: 502 });
  });
});

describe('a client that goes away', () => {
  it.each([
    ['while it waits for the whole', { stream: false }, [hang()]],
    ['before the first token', { stream: true }, [hang()]],
    ['in the middle of a stream', { stream: true }, [text('Hel'), hang()]],
  ])('%s ends the answer at the provider', async (_when, body, script) => {
    provider.script = () => script;
    const abort = new AbortController();
    const reply = postChat(service, { model, messages, ...body }, abort.signal);
    reply.catch(() => undefined);
    const call = await provider.call(0);
    if (script.length > 1) await reply;
    abort.abort();
    expect((await call.closed).aborted).toBe(true);
  });
});
