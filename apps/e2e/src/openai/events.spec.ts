import {
  chunk,
  event,
  fail,
  finish,
  hang,
  type ProviderScript,
  raw,
  reasoning,
  refusal,
  text,
  toolCall,
  usage,
  wait,
} from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { eventsIn, expectToAddUp } from '../checks/event-sums.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const model = 'gpt-scripted';
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const responses = `${system.url}/v1/responses`;
const create = (fields: object, signal?: AbortSignal) =>
  fetch(responses, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model, input: 'x', stream: true, ...fields }),
    ...(signal && { signal }),
  });
const bodyOf = async (path: string) => (await fetch(`${responses}/${path}`, { headers })).text();

const functions = ['one', 'two'].map((name) => ({ type: 'function', name, parameters: null, strict: null }));
const search = { type: 'mcp', server_label: 'antiphon', require_approval: 'never' };
const piece = (index: number, call: object) => chunk({ delta: { tool_calls: [{ index, ...call }] } });
const citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 };
const likely = (token: string) => ({ token, logprob: -1, bytes: [1], top_logprobs: [] });
const afterTools =
  (...first: ReturnType<typeof text>[]): ProviderScript =>
  ({ toolOutputs }) =>
    toolOutputs.length === 0 ? first : [reasoning('So'), text('Found.')];

/** The outputs of a provider, the request for them, and the final status of the response. */
const cases: Record<string, { script: ProviderScript; fields?: object; ends?: object }> = {
  nothing: { script: () => [], ends: { status: 'failed', error: { code: 'server_error' }, output: [] } },
  whitespace: {
    script: () => [text('\n', ' ', '\t', 'x', ' ')],
    ends: { output: [{ content: [{ text: '\n \tx ' }] }] },
  },
  'characters of several bytes, cut anywhere': {
    script: () => {
      const bytes = Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"é漢😀"}}]}\n\n');
      return [...bytes.keys()].flatMap((index) => [raw(bytes.subarray(index, index + 1)), wait(1)]);
    },
    ends: { output: [{ content: [{ text: 'é漢😀' }] }] },
  },
  'no usage': {
    script: () => [text('Hi'), usage(null)],
    ends: { usage: { input_tokens: expect.any(Number) as number, output_tokens: 1 } },
  },
  'usage in detail': {
    script: () => [
      text('Hi'),
      usage({
        prompt_tokens: 20,
        completion_tokens: 9,
        total_tokens: 29,
        prompt_tokens_details: { cached_tokens: 7 },
        completion_tokens_details: { reasoning_tokens: 4 },
      }),
    ],
    ends: {
      usage: {
        input_tokens: 20,
        input_tokens_details: { cached_tokens: 7 },
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 4 },
        total_tokens: 29,
      },
    },
  },
  'reasoning between texts': {
    script: () => [reasoning('a'), text('b'), reasoning('c'), text('d')],
    ends: {
      output: [
        { type: 'reasoning', content: [{ text: 'a' }], summary: [] },
        { type: 'message', content: [{ text: 'b' }] },
        { type: 'reasoning', content: [{ text: 'c' }] },
        { type: 'message', content: [{ text: 'd' }] },
      ],
    },
  },
  'reasoning with a summary': {
    script: () => [reasoning('a'), text('b')],
    fields: { reasoning: { summary: 'auto' } },
    ends: { output: [{ summary: [{ type: 'summary_text', text: 'a' }] }, { content: [{ text: 'b' }] }] },
  },
  'text after a call': {
    script: afterTools(
      text('Let me look.'),
      toolCall('google_search', { q: 'x' }),
      text('\n'),
      text('Hold on.'),
    ),
    fields: { tools: [search] },
    ends: {
      output: [
        { content: [{ text: 'Let me look.' }] },
        { type: 'mcp_call', status: 'completed' },
        { content: [{ text: '\nHold on.' }] },
        { type: 'reasoning' },
        { content: [{ text: 'Found.' }] },
      ],
    },
  },
  'a refusal': {
    script: () => [refusal('No', ' way')],
    ends: { status: 'completed', output: [{ content: [{ type: 'refusal', refusal: 'No way' }] }] },
  },
  'a refusal between texts': {
    script: () => [text('Well'), refusal('no'), text('but')],
    ends: { output: [{ content: [{ text: 'Well' }, { refusal: 'no' }, { text: 'but' }] }] },
  },
  'citations and logprobs': {
    script: () => [
      chunk({ delta: { content: 'Hi' }, logprobs: { content: [likely('Hi')] } }),
      chunk({ delta: { annotations: [{ type: 'url_citation', url_citation: citation }] } }),
      chunk({ delta: { content: '!' }, logprobs: { content: [likely('!')] } }),
    ],
    fields: { include: ['message.output_text.logprobs'] },
    ends: {
      output: [
        {
          content: [
            {
              text: 'Hi!',
              annotations: [{ type: 'url_citation', ...citation }],
              logprobs: [likely('Hi'), likely('!')],
            },
          ],
        },
      ],
    },
  },
  'calls with interleaved arguments': {
    script: () => [
      piece(0, { id: 'a', function: { name: 'one', arguments: '' } }),
      piece(1, { id: 'b', function: { name: 'two', arguments: '{"y"' } }),
      piece(0, { function: { arguments: '{"x":' } }),
      piece(1, { function: { arguments: ':2}' } }),
      piece(0, { function: { arguments: '1}' } }),
    ],
    fields: { tools: functions },
    ends: { status: 'completed', output: [{ arguments: '{"x":1}' }, { arguments: '{"y":2}' }] },
  },
  'calls of server tools and of client tools': {
    script: afterTools(
      reasoning('Hm'),
      text('Let me look.'),
      toolCall('google_search', { q: 'x' }),
      toolCall('one', {}, { index: 1 }),
    ),
    fields: { tools: [search, ...functions] },
    ends: { output: [{}, {}, { type: 'mcp_call', status: 'completed' }, { type: 'function_call' }] },
  },
  'calls of server tools, and an answer': {
    script: afterTools(
      toolCall('google_search', { q: 'x' }),
      toolCall('google_search', { q: [] }, { index: 1, id: 'b' }),
    ),
    fields: { tools: [search] },
    ends: { output: [{ status: 'completed' }, { status: 'failed' }, { type: 'reasoning' }, {}] },
  },
  'a call whose arguments are not JSON': {
    script: () => [text('Let me look.'), toolCall('google_search', 'no JSON')],
    fields: { tools: [search] },
    ends: { status: 'failed', output: [{ status: 'completed' }, { status: 'incomplete' }] },
  },
  'calls that must be approved': {
    script: () => [toolCall('google_search', { q: 'x' })],
    fields: { tools: [{ ...search, require_approval: 'always' }] },
    ends: { status: 'completed', output: [{ type: 'mcp_approval_request' }] },
  },
  'a call that is cut off': {
    script: () => [toolCall('one', '{"a":'), finish('length')],
    fields: { tools: functions },
    ends: {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    },
  },
  'a call of a server tool that is cut off': {
    script: () => [text('Let me'), toolCall('google_search', '{"q":'), finish('length')],
    fields: { tools: [search] },
    ends: { status: 'incomplete', output: [{ status: 'completed' }, { status: 'incomplete' }] },
  },
  'the second of two calls that is cut off': {
    script: () => [toolCall('one', '{}'), toolCall('two', '{"a', { index: 1, id: 'b' }), finish('length')],
    fields: { tools: functions },
    ends: { status: 'incomplete', output: [{ status: 'completed' }, { status: 'incomplete' }] },
  },
  'reasoning that is cut off': {
    script: () => [reasoning('Hm'), finish('length')],
    ends: { status: 'incomplete', output: [{ type: 'reasoning', status: 'incomplete' }] },
  },
  'a content filter before the first token': {
    script: () => [finish('content_filter')],
    ends: { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [] },
  },
  'a failure between tokens': {
    script: () => [text('Half'), event({ error: { message: 'Boom', code: 500 } })],
    ends: { status: 'failed', output: [{ status: 'incomplete', content: [{ text: 'Half' }] }] },
  },
  'an answer that does not fit its format': {
    script: () => [text('[1]')],
    fields: { text: { format: { type: 'json_object' } } },
    ends: { status: 'failed', error: { code: 'server_error', reason: 'output_invalid' } },
  },
};

describe('a stream adds up to its response, which is stored as it was streamed, with', () => {
  for (const [name, { script, fields = {}, ends = {} }] of Object.entries(cases)) {
    scenario(['openai-adds-up', 'openai-stream'], name, async () => {
      provider.script = script;
      const response = expectToAddUp(eventsIn(await (await create(fields)).text()));
      expect(response).toMatchObject(ends);
      expect(await bodyOf(response.id)).toBe(JSON.stringify(response));
      expect(expectToAddUp(eventsIn(await bodyOf(`${response.id}?stream=true`)))).toEqual(response);
    });
  }
});

scenario(['openai-adds-up', 'openai-background-stream'], 'a background stream adds up, too', async () => {
  for (const name of [
    'a refusal between texts',
    'citations and logprobs',
    'reasoning between texts',
    'calls with interleaved arguments',
    'calls of server tools, and an answer',
    'an answer that does not fit its format',
  ]) {
    const { script = () => [], fields = {}, ends = {} } = cases[name] ?? {};
    provider.script = script;
    const events = eventsIn(await (await create({ ...fields, background: true })).text());
    const response = expectToAddUp(events);
    expect(response).toMatchObject(ends);
    expect(eventsIn(await bodyOf(`${response.id}?stream=true`))).toEqual(events);
    const middle = Math.floor(events.length / 2);
    expect(eventsIn(await bodyOf(`${response.id}?stream=true&starting_after=${middle}`))).toEqual(
      events.slice(middle + 1),
    );
  }
});

scenario('openai-stream-error', 'the error of a failed stream has the time to retry', async () => {
  provider.script = () => [fail(429, { headers: { 'retry-after': '60' } })];
  const events = eventsIn(await (await create({})).text());
  expect(events.at(-2)).toMatchObject({
    type: 'error',
    code: 'rate_limit_exceeded',
    retry_after: 60,
    error: { code: 'rate_limit_exceeded', retry_after: 60 },
  });
  expect(expectToAddUp(events)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
});

scenario(
  'openai-disconnect',
  'a client that disconnects ends the provider call, streamed or not',
  async () => {
    provider.script = () => [text('Half'), hang()];
    for (const stream of [true, false]) {
      const asked = provider.call(provider.calls.length);
      const client = new AbortController();
      const answer = create({ stream }, client.signal).then((reply) => reply.text());
      const call = await asked;
      client.abort();
      await expect(answer).rejects.toThrow();
      expect((await call.closed).aborted).toBe(true);
    }
  },
);
