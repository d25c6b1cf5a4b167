import { fail, finish, reasoning, refusal, text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { expect } from 'vitest';
import { z } from 'zod';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });
const model = 'gpt-scripted';

const Weather = z.object({ city: z.string(), degrees: z.number() });
const weather = { city: 'Paris', degrees: 21 };

scenario('sdk-parse', 'parses structured outputs', async () => {
  provider.script = () => [text(JSON.stringify(weather))];
  const format = { format: zodTextFormat(Weather, 'weather') };
  const response = await client.responses.parse({ model, input: 'Weather?', text: format });
  expect(response.output_parsed).toEqual(weather);
  expect(provider.calls.at(-1)?.body.response_format).toMatchObject({
    type: 'json_schema',
    json_schema: { name: 'weather', strict: true, schema: { required: ['city', 'degrees'] } },
  });
  const streamed = await client.responses.stream({ model, input: 'Weather?', text: format }).finalResponse();
  expect(streamed.output_parsed).toEqual(weather);
});

scenario('sdk-parse', 'parses the arguments of functions', async () => {
  provider.script = () => [
    toolCall('get_weather', { city: 'Paris' }, { id: 'call_1' }),
    toolCall('get_weather', { city: 'Rome' }, { id: 'call_2', index: 1 }),
  ];
  const tools = [zodResponsesFunction({ name: 'get_weather', parameters: z.object({ city: z.string() }) })];
  const response = await client.responses.parse({ model, input: 'Weather?', tools });
  const streamed = await client.responses.stream({ model, input: 'Weather?', tools }).finalResponse();
  for (const { output } of [response, streamed]) {
    expect(output).toMatchObject([
      { type: 'function_call', call_id: 'call_1', parsed_arguments: { city: 'Paris' } },
      { type: 'function_call', call_id: 'call_2', parsed_arguments: { city: 'Rome' } },
    ]);
    expect(new Set(output.map(({ id }) => id)).size).toBe(2);
  }
});

scenario('sdk-items', 'reads items other than messages', async () => {
  const scripts = {
    reasoning: () => [reasoning('Let me', ' see.'), text('42')],
    refusal: () => [refusal('I will', ' not.')],
    'an early end': () => [text('Once upon'), finish('length')],
    'filtered content': () => [text('Well'), finish('content_filter')],
    'a server tool': ({ toolOutputs }: { toolOutputs: string[] }) =>
      toolOutputs.length > 0 ? [text('Found.')] : [toolCall('google_search', { q: 'x' })],
  };
  const expected: Record<keyof typeof scripts, object> = {
    reasoning: {
      status: 'completed',
      output: [{ type: 'reasoning', content: [{ text: 'Let me see.' }] }, { content: [{ text: '42' }] }],
    },
    refusal: { status: 'completed', output: [{ content: [{ type: 'refusal', refusal: 'I will not.' }] }] },
    'an early end': { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    'filtered content': { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
    'a server tool': { status: 'completed', output_text: 'Found.' },
  };
  for (const [what, script] of Object.entries(scripts)) {
    provider.script = script;
    const body = { model, input: 'x', tools: [{ type: 'mcp' as const, server_label: 'antiphon' }] };
    const answered = await client.responses.create(body);
    const streamed = await client.responses.stream(body).finalResponse();
    const like = expected[what as keyof typeof scripts]; // its own keys
    expect([what, answered]).toMatchObject([what, like]);
    expect([what, streamed]).toMatchObject([what, like]);
    const { _request_id, output_text: _text, ...stored } = await client.responses.retrieve(streamed.id);
    expect(streamed).toMatchObject({
      ...stored,
      output: stored.output.map(({ id, type }) => ({ id, type })),
    });
  }
});

scenario('sdk-errors', 'throws a class of its own for each status', async () => {
  provider.script = () => [text('Half'), wait(new Promise(() => undefined))];
  const asked = provider.call(provider.calls.length);
  const running = await client.responses.create({ model, input: 'x', background: true });
  await asked;
  const input = 'x';
  const follow = { model, input, previous_response_id: running.id };
  await expect(client.responses.create(follow)).rejects.toBeInstanceOf(OpenAI.ConflictError);
  await client.responses.cancel(running.id);
  await expect(client.responses.create(follow)).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    param: 'previous_response_id',
  });
  await expect(client.responses.retrieve('resp_unknown')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  const unknown = { model, input, previous_response_id: 'resp_unknown' };
  await expect(client.responses.create(unknown)).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    code: 'previous_response_not_found',
    param: 'previous_response_id',
  });
  const withoutAccess = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: 'nonsense', maxRetries: 0 });
  await expect(withoutAccess.responses.create({ model, input })).rejects.toBeInstanceOf(
    OpenAI.AuthenticationError,
  );
  const headers = { 'Idempotency-Key': 'sdk-errors' };
  provider.script = () => [text('Hello')];
  await client.responses.create({ model, input }, { headers });
  await expect(client.responses.create({ model, input: 'y' }, { headers })).rejects.toBeInstanceOf(
    OpenAI.UnprocessableEntityError,
  );
  const forAll = { label: 'all', url: 'http://127.0.0.1:9/', shared: true };
  await expect(client.post('/mcp/servers', { body: forAll })).rejects.toBeInstanceOf(
    OpenAI.PermissionDeniedError,
  );
  provider.script = () => [fail(429, { headers: { 'retry-after': '60' } })];
  await expect(client.responses.create({ model, input })).rejects.toMatchObject({
    constructor: OpenAI.RateLimitError,
    code: 'rate_limit_exceeded',
  });
  provider.script = () => [fail(500)];
  await expect(client.responses.create({ model, input })).rejects.toBeInstanceOf(OpenAI.InternalServerError);
});

scenario('sdk-errors', 'waits for the time in the error before it retries', async () => {
  const askedAtMs: number[] = [];
  // Three times is how often the service itself retries one request.
  provider.script = () =>
    askedAtMs.push(performance.now()) <= 3
      ? [fail(429, { headers: { 'retry-after': '2' } })]
      : [text('At last.')];
  const { output_text: answer } = await client.responses.create({ model, input: 'x' }, { maxRetries: 1 });
  expect([answer, askedAtMs.length]).toEqual(['At last.', 4]);
  // By default the client would wait for half a second.
  expect((askedAtMs[3] ?? 0) - (askedAtMs[2] ?? 0)).toBeGreaterThan(1_900);
});

scenario(
  'sdk-errors',
  'retries a temporary refusal when the error says so',
  async () => {
    await system.app('responses').stop();
    const pending = client.responses.create({ model, input: 'x' }, { maxRetries: 30 });
    await system.app('responses').start();
    expect((await pending).output_text).toBe('Hello there.');
  },
  60_000,
);
