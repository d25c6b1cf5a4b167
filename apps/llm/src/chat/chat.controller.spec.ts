import { metrics, type RunningService } from '@antiphon/service-kit';
import {
  chunk,
  fail,
  type ProviderStep,
  reasoning,
  ScriptedProvider,
  text,
  toolCall,
  usage,
  wait,
} from '@antiphon/service-kit/testing';
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

/** Reads until a heartbeat follows the earlier content, and then lets the model continue. */
function scenarioOfSilence(when: string, before: ProviderStep[]): void {
  it(`${when} sends heartbeats`, async () => {
    const impatient = await startLlm({ OPENAI_BASE_URL: provider.baseUrl, SSE_HEARTBEAT: '50ms' });
    const { promise: silence, resolve: goOn } = Promise.withResolvers<void>();
    provider.script = () => [...before, wait(silence), ...text(' there')];
    const answer = await postChat(impatient, { model, messages, stream: true });
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
    const reply = await postChat(service, {
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
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

describe('models', () => {
  it('are listed and found', async () => {
    provider.models = [model, 'meta/llama'];
    const fresh = await startLlm({ OPENAI_BASE_URL: provider.baseUrl });
    const models = clientOf(fresh).models;
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
    const demo = await startLlm({ UNKNOWN_MODELS: 'default' });
    const demoClient = clientOf(demo);
    expect((await demoClient.models.list()).data).toEqual([
      { id: 'demo', object: 'model', created: 0, owned_by: 'demo', capabilities: { images: true } },
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
