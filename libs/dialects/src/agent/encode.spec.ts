import { readFileSync } from 'node:fs';
import { noUsage } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { callOutput, clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { encodeCreated, encodeDeleted, encodeInputItems, encodeResponse, encodeWebhook } from './encode.ts';

function fixture(name: string): Record<string, unknown> {
  const file = new URL(`./__fixtures__/${name}.response.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

const conversationId = '550e8400-e29b-41d4-a716-446655440001';
const tokens = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  cachedInputTokens: 0,
  reasoningTokens: 0,
});

const proposed = serverCall('call_789', {
  id: 'msg_457',
  name: 'put_http_requests',
  arguments: '{"url":"http://api.example.com/products/123","input_data":{"stock":100}}',
  state: 'pending_approval',
  startedAt: null,
  durationMs: null,
});

const paused = testResponse({
  id: 'resp_790',
  conversationId,
  dialect: 'agent',
  model: 'openai/gpt-4',
  status: 'requires_action',
  input: [message('msg_124', 'user', 'Update product stock')],
  output: [proposed],
  usage: tokens(20, 30),
  createdAt: Date.UTC(2024, 0, 15, 10, 31),
});

const completed = testResponse({
  id: 'resp_789',
  conversationId,
  dialect: 'agent',
  model: 'openai/gpt-4',
  status: 'completed',
  input: [message('msg_123', 'user', 'Hello')],
  output: [message('msg_456', 'assistant', 'Hello! How can I help you today?')],
  usage: tokens(10, 15),
  createdAt: Date.UTC(2024, 0, 15, 10, 30),
  completedAt: Date.UTC(2024, 0, 15, 10, 30, 1, 200),
});

describe("the document's responses", () => {
  it('successful', () => {
    const metadata = { error: null, cache_hit: false, processing_time_ms: 1200 };
    expect(encodeResponse(completed)).toEqual({ ...fixture('successful-response'), metadata });
    expect(encodeCreated(completed)).toMatchObject({
      status: 200,
      headers: { 'X-Conversation-ID': conversationId },
    });
  });

  it('interrupted', () => {
    const [interrupt] = fixture('interrupted-response').interrupts as { args: { value: object[] } }[];
    const value = [
      {
        ...interrupt?.args.value[0],
        description: 'Send an HTTP PUT request to http://api.example.com/products/123',
      },
    ];
    const interrupts = [{ ...interrupt, args: { value } }];
    expect(encodeResponse(paused)).toEqual({ ...fixture('interrupted-response'), interrupts });
  });

  it("an interrupt's description is the assistant's text", () => {
    const output = [message('msg_1', 'assistant', 'Update product stock level'), proposed];
    expect(encodeResponse({ ...paused, output }).interrupts).toEqual(
      fixture('interrupted-response').interrupts,
    );
  });
});

describe('interrupts', () => {
  it('are the calls that wait, and no others', () => {
    const output = [
      serverCall('call_1'),
      { ...proposed, callId: 'call_2' },
      { ...proposed, callId: 'call_3', state: 'approved' as const },
    ];
    expect(encodeResponse({ ...paused, output }).interrupts).toMatchObject([{ tool_call_id: 'call_2' }]);
    expect(encodeResponse({ ...paused, status: 'cancelled' }).interrupts).toBeNull();
  });

  it("of the caller's functions accept only a result", () => {
    const output = [clientCall('call_1')];
    expect(encodeResponse({ ...paused, output }).interrupts).toMatchObject([
      {
        args: {
          value: [
            {
              action_request: { action: 'get_weather', args: { q: 'weather' } },
              config: { allow_accept: false, allow_edit: false, allow_respond: true },
              description: 'Run get_weather',
            },
          ],
        },
      },
    ]);
  });
});

describe('messages', () => {
  it('hold also the text that the assistant writes after its calls, since results follow their calls', () => {
    const output = [
      message('msg_1', 'assistant', 'Let me look.'),
      serverCall('call_1'),
      message('msg_2', 'assistant', 'One moment.'),
      callOutput('call_1', 'Sunny'),
    ];
    expect(encodeResponse({ ...completed, output }).output).toMatchObject([
      { role: 'human' },
      {
        id: 'msg_1',
        content: [{ text: 'Let me look.' }, { text: 'One moment.' }],
        tool_calls: [{ id: 'call_1' }],
      },
      { role: 'tool', tool_call_id: 'call_1' },
    ]);
  });

  it("put the assistant's text and calls into one message, and tool results after it", () => {
    const failure = { code: 'tool_timeout', message: 'Too slow' } as const;
    const output = [
      message('msg_1', 'assistant', 'Let me look.'),
      serverCall('call_1'),
      serverCall('call_2', { error: failure, arguments: 'oops' }),
      callOutput('call_1', 'Sunny'),
      callOutput('call_2', 'Too slow'),
      serverCall('call_3', { depth: 1 }),
      callOutput('call_3', 'Rain'),
      message('msg_2', 'assistant', 'It varies.'),
    ];
    expect(encodeResponse({ ...completed, output }).output).toMatchObject([
      { role: 'human' },
      {
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'text', text: 'Let me look.' }],
        tool_calls: [{ id: 'call_1', name: 'google_search', args: { q: 'weather' }, type: 'tool_call' }],
        invalid_tool_calls: [{ id: 'call_2', args: 'oops', type: 'invalid_tool_call' }],
        finish_reason: 'tool_calls',
        usage: null,
      },
      { role: 'tool', tool_call_id: 'call_1', tool_name: 'google_search', status: 'success' },
      {
        role: 'tool',
        tool_call_id: 'call_2',
        status: 'error',
        content: [{ type: 'text', text: 'Too slow' }],
      },
      { role: 'assistant', content: [], tool_calls: [{ id: 'call_3' }] },
      { role: 'tool', tool_call_id: 'call_3' },
      { role: 'assistant', content: [{ text: 'It varies.' }], tool_calls: null, finish_reason: 'stop' },
    ]);
  });

  it('report no usage where the answer came from the cache', () => {
    const cached = { ...completed, usage: noUsage, isFromCache: true };
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    expect(encodeResponse(cached)).toMatchObject({ output: [{}, { usage: zeros }], usage: zeros });
    expect(encodeResponse({ ...cached, isFromCache: false, status: 'in_progress' })).toMatchObject({
      output: [{}, { usage: null }],
    });
  });

  it('mark an answer that was cut short', () => {
    const cut = {
      ...completed,
      status: 'incomplete' as const,
      incompleteReason: 'max_output_tokens' as const,
    };
    expect(encodeResponse(cut)).toMatchObject({
      status: 'completed',
      output: [{}, { finish_reason: 'length' }],
    });
  });

  it('leave out instructions and thoughts', () => {
    const items = [
      message('msg_1', 'system', 'Be brief'),
      { type: 'reasoning' as const, id: 'rs_1', text: 'Hm', status: 'completed' as const },
      message('msg_2', 'user', 'Hi'),
    ];
    expect(encodeInputItems(items)).toEqual([
      { id: 'msg_2', role: 'human', content: [{ type: 'text', text: 'Hi' }] },
    ]);
  });
});

it.each([
  ['queued', 'processing'],
  ['in_progress', 'processing'],
  ['requires_action', 'interrupted'],
  ['completed', 'completed'],
  ['incomplete', 'completed'],
  ['failed', 'error'],
  ['cancelled', 'cancelled'],
] as const)('%s is %s', (status, expected) => {
  expect(encodeResponse(testResponse({ status })).status).toBe(expected);
});

it('names the model that answered where the request named none', () => {
  const response = testResponse({ model: 'default', modelUsed: 'gpt-4o' });
  expect(encodeResponse(response).model).toBe('gpt-4o');
});

it('a failed run is an error of the create, and a failed response when it is retrieved', () => {
  const failed = testResponse({
    status: 'failed',
    error: { code: 'model_error', message: 'The provider is down' },
    completedAt: completed.createdAt,
    createdAt: completed.createdAt,
  });
  expect(encodeCreated(failed)).toEqual({ status: 502, body: { detail: 'The provider is down' } });
  expect(encodeCreated({ ...failed, output: [serverCall('call_1')] }).headers).toEqual({
    'x-should-retry': 'false',
  });
  expect(encodeResponse(failed)).toMatchObject({
    status: 'error',
    metadata: { error: 'The provider is down', cache_hit: false, processing_time_ms: 0 },
  });
});

it('escapes conversation names that a header cannot hold', () => {
  const named = testResponse({ status: 'completed', conversationId: 'Gespräch 1' });
  expect(encodeCreated(named).headers).toEqual({ 'X-Conversation-ID': 'Gespr%C3%A4ch%201' });
  expect(encodeCreated(testResponse({ status: 'completed' })).headers).toEqual({});
});

it('a deletion has no body, and an end has a webhook', () => {
  expect(encodeDeleted('conv_1')).toEqual({ status: 204, body: undefined });
  expect(encodeWebhook({ eventId: 'evt_1', response: completed })).toMatchObject({
    eventName: 'response.completed',
    body: { event: 'response.completed', id: 'resp_789' },
  });
});
