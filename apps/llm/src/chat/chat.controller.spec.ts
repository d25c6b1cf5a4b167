import { createLogger, metrics, type RunningService, startService } from '@antiphon/service-kit';
import {
  chunk,
  cut,
  fail,
  hang,
  MemoryBus,
  type ProviderStep,
  ScriptedProvider,
  text,
  toolCall,
  usage,
  wait,
  reasoning,
} from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { encodeErrorAt } from '../http/encode-error.ts';
import { loadConfig } from '../config.ts';

let provider: ScriptedProvider;
let service: RunningService;
let client: OpenAI;

async function start(env: NodeJS.ProcessEnv): Promise<RunningService> {
  const config = loadConfig(
    { PORT: '0', AUTH_ANONYMOUS: 'true', LOG_LEVEL: 'silent', ...env },
    { providers: { backoff_min: '1ms', backoff_max: '1ms' } },
  );
  return startService(
    { name: 'llm', config, module: AppModule.with(config), encodeError: encodeErrorAt },
    new MemoryBus(),
    createLogger('llm', 'silent'),
  );
}

const connect = (url: string, apiKey = 'EMPTY') =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, logLevel: 'off' });

beforeAll(async () => {
  provider = await ScriptedProvider.start();
  service = await start({ OPENAI_BASE_URL: provider.baseUrl });
  client = connect(service.url);
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

const model = 'scripted-model';
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hi' }];
/** Reads until a heartbeat follows the earlier content, and then lets the model continue. */
function scenarioOfSilence(when: string, before: ProviderStep[]): void {
  it(`${when} sends heartbeats`, async () => {
    const impatient = await start({ OPENAI_BASE_URL: provider.baseUrl, SSE_HEARTBEAT: '50ms' });
    const { promise: silence, resolve: goOn } = Promise.withResolvers<void>();
    provider.script = () => [...before, wait(silence), ...text(' there')];
    const answer = await fetch(`${impatient.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages, stream: true }),
    });
    let received = '';
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      received += piece;
      if (/: ping\n\n$/.test(received)) goOn();
    }
    expect(received).toMatch(/^data: [^]*: ping\n\ndata: [^]* there[^]*data: \[DONE\]\n\n$/);
    await impatient.stop();
  });
}

const search: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'search',
    description: 'Finds.',
    parameters: { type: 'object', properties: { q: { type: 'string' } } },
  },
};

describe('a silent stream', () => {
  scenarioOfSilence('before its first piece', []);
  scenarioOfSilence('between its pieces', text('Hello'));
});

describe('chat completions', () => {
  it('answer with one JSON body', async () => {
    provider.script = () => [
      reasoning('Hm.'),
      text('Hello', ' there'),
      usage({ prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 }),
    ];
    const completion = await client.chat.completions.create({ model, messages });
    expect(completion).toEqual({
      id: expect.stringMatching(/^chatcmpl-\w{20,}$/) as string,
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello there', refusal: null, reasoning_content: 'Hm.' },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 4,
        completion_tokens: 2,
        total_tokens: 6,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
  });

  it('stream', async () => {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
      chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'Hello' },
      { content: ' there' },
      {},
    ]);
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
    expect(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.object} ${chunk.model}`)).size).toBe(1);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('stream their usage last where the request asks for it, and end with [DONE]', async () => {
    const reply = await post({ model, messages, stream: true, stream_options: { include_usage: true } });
    expect(reply.headers.get('content-type')).toContain('text/event-stream');
    const events = (await reply.text()).trim().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice('data: '.length)) as OpenAI.ChatCompletionChunk);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 15 } });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  it('are streamed while the model writes', async () => {
    const gate = Promise.withResolvers<void>();
    provider.script = () => [text('first'), wait(gate.promise), text('second')];
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let seen = '';
    for await (const chunk of stream) {
      seen += chunk.choices[0]?.delta.content ?? '';
      if (seen === 'first') gate.resolve();
    }
    expect(seen).toBe('firstsecond');
  });

  it('pass tools both ways', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length > 0
        ? [text(`It is ${toolOutputs[0]}`)]
        : [toolCall('search', { q: 'x' }), toolCall('search', { q: 'y' }, { id: 'call_2', index: 1 })];
    const asked = await client.chat.completions.create({
      model,
      messages,
      tools: [search],
      tool_choice: 'required',
      parallel_tool_calls: true,
    });
    const { message, finish_reason: reason } = asked.choices[0] ?? {};
    expect(reason).toBe('tool_calls');
    expect(message).toMatchObject({
      content: null,
      tool_calls: [
        { id: 'call_search', type: 'function', function: { name: 'search', arguments: '{"q":"x"}' } },
        { id: 'call_2', type: 'function', function: { name: 'search', arguments: '{"q":"y"}' } },
      ],
    });
    if (message === undefined) throw new Error('no message');
    const outputs: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'tool', tool_call_id: 'call_search', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'warm' }] },
    ];
    const answered = await client.chat.completions.create({
      model,
      messages: [...messages, message, ...outputs],
      tools: [search],
    });
    expect(answered.choices[0]?.message.content).toBe('It is sunny');
    expect((await provider.call(0)).body).toMatchObject({
      tools: [search],
      tool_choice: 'required',
      parallel_tool_calls: true,
    });
    expect((await provider.call(1)).body.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: message.tool_calls },
      { role: 'tool', tool_call_id: 'call_search', content: 'sunny' },
      { role: 'tool', tool_call_id: 'call_2', content: 'warm' },
    ]);
  });

  it('pass on images, citations and call ids of any length', async () => {
    const id = `call_${'x'.repeat(900)}`;
    const images = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }];
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 4 };
    const annotations = [{ type: 'url_citation', url_citation }];
    provider.script = () => [
      chunk({ delta: { content: 'Look', images, annotations } }),
      toolCall('search', {}, { id }),
    ];
    const asked = await client.chat.completions.create({ model, messages, tools: [search] });
    expect(asked.choices[0]?.message).toMatchObject({
      content: 'Look',
      images,
      annotations,
      tool_calls: [{ id }],
    });

    const deltas: object[] = [];
    const stream = await client.chat.completions.create({ model, messages, tools: [search], stream: true });
    for await (const { choices } of stream) if (choices[0]) deltas.push(choices[0].delta);
    expect(deltas).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ content: 'Look' }),
        expect.objectContaining({ images }),
        expect.objectContaining({ annotations }),
        expect.objectContaining({ tool_calls: [expect.objectContaining({ id })] }),
      ]),
    );
  });

  it('stream tool calls that the client assembles', async () => {
    provider.script = () => [toolCall('search', { q: 'x' })];
    const final = await client.chat.completions
      .stream({ model, messages, tools: [search] })
      .finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      id: 'call_search',
      function: { name: 'search', arguments: '{"q":"x"}' },
    });
  });

  it('pass on known fields and ignore unknown ones', async () => {
    const format = {
      type: 'json_schema',
      json_schema: { name: 'x', schema: { type: 'object' }, strict: true },
    } as const;
    await client.chat.completions.create({
      model,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          ],
        },
        { role: 'assistant', content: 'Nice.', refusal: null },
        { role: 'user', content: 'Hi', name: 'ada' },
      ],
      temperature: 0,
      max_completion_tokens: 50,
      stop: ['\n'],
      seed: 7,
      response_format: format,
      service_tier: 'priority',
      store: true,
      n: 1,
    });
    const { body } = await provider.call(0);
    expect(body).toMatchObject({
      temperature: 0,
      max_tokens: 50,
      stop: ['\n'],
      seed: 7,
      response_format: format,
    });
    expect(body).not.toHaveProperty('service_tier');
    expect(body).not.toHaveProperty('store');
    expect(body.messages.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'user']);
  });
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
    const reply = await post(body);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('have the classes of the client', async () => {
    await expect(create({ model: 'unknown-model' })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create({ model: 'unknown-model' })).rejects.toMatchObject({
      code: 'model_not_found',
      param: 'model',
    });
    await expect(connect(service.url, 'sk_wrong').models.list()).rejects.toBeInstanceOf(OpenAI.APIError);
    await expect(connect(service.url, 'wrong').models.list()).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
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
    const reply = post({ model, messages, ...body }, abort.signal);
    reply.catch(() => undefined);
    const call = await provider.call(0);
    if (script.length > 1) await reply;
    const goneAtMs = performance.now();
    abort.abort();
    const { aborted, atMs } = await call.closed;
    expect(aborted).toBe(true);
    expect(atMs - goneAtMs).toBeLessThan(500);
  });
});

describe('models', () => {
  it('are listed and found', async () => {
    provider.models = [model, 'meta/llama'];
    const fresh = await start({ OPENAI_BASE_URL: provider.baseUrl });
    const models = connect(fresh.url).models;
    expect((await models.list()).data).toEqual([
      { id: model, object: 'model', created: 1, owned_by: 'openai' },
      { id: 'meta/llama', object: 'model', created: 1, owned_by: 'openai' },
    ]);
    expect(await models.retrieve('meta/llama')).toMatchObject({ id: 'meta/llama' });
    expect(await models.retrieve('openai/meta/llama')).toMatchObject({ id: 'openai/meta/llama' });
    expect((await fetch(`${fresh.url}/v1/models/meta/llama`)).status).toBe(200);
    await expect(models.retrieve('unknown')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await fresh.stop();
  });

  it('are those of the demo without a provider, which serves every name where that is configured', async () => {
    const demo = await start({ UNKNOWN_MODELS: 'default' });
    const demoClient = connect(demo.url);
    expect((await demoClient.models.list()).data).toEqual([
      { id: 'demo', object: 'model', created: 0, owned_by: 'demo' },
    ]);
    const completion = await demoClient.chat.completions.create({
      model: 'jan-v2-30b',
      messages: [{ role: 'user', content: 'Say "hello"' }],
    });
    expect(completion).toMatchObject({ model: 'demo', choices: [{ message: { content: 'hello' } }] });
    await demo.stop();
  });
});

describe('metrics', () => {
  it('count tokens and turns by provider and model', async () => {
    metrics.resetMetrics();
    await client.chat.completions.create({ model, messages });
    provider.script = () => [fail(400)];
    await client.chat.completions.create({ model, messages }).catch(() => undefined);
    const page = await (await fetch(`${service.url}/metrics`)).text();
    expect(page).toContain(`llm_tokens_total{provider="openai",model="${model}",kind="input"} 10`);
    expect(page).toContain(`llm_requests_total{provider="openai",model="${model}",outcome="ok"} 1`);
    expect(page).toContain(
      `llm_requests_total{provider="openai",model="${model}",outcome="model_refused"} 1`,
    );
    expect(page).toContain(`llm_request_seconds_count{provider="openai",model="${model}"} 2`);
  });
});

function post(body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  });
}
