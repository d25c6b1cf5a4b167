import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { callOutput, clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { encodeCreated, encodeDeleted, encodeInputItems, encodeResponse, encodeWebhook } from './encode.ts';

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`./__fixtures__/${name}.json`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
}

const usage = {
  inputTokens: 150,
  outputTokens: 45,
  totalTokens: 195,
  cachedInputTokens: 0,
  reasoningTokens: 0,
};
const searched = serverCall('call_1', { arguments: '{"q": "San Francisco weather"}' });
const found = callOutput('call_1', 'Current conditions: Partly cloudy, 62°F...');
const answer = 'The current weather in San Francisco is partly cloudy with a temperature of 62°F...';

const completed = testResponse({
  id: 'resp_01hqr8v9k2x3f4g5h6j7k8m9n0',
  dialect: 'jan',
  model: 'jan-v2-30b',
  status: 'completed',
  input: [message('msg_in', 'user', "What's the weather in San Francisco?")],
  output: [searched, found, message('msg_1', 'assistant', answer)],
  usage,
  completedAt: Date.UTC(2025, 11, 23, 10, 0, 2, 700),
});

const background = testResponse({
  ...completed,
  background: true,
  queuedAt: 1705315800_400,
  startedAt: 1705315805_000,
  completedAt: 1705316122_999,
});

describe("the document's response", () => {
  it('simple tool execution', () => {
    const { tool_executions: executions, ...response } = fixture('simple-tool-execution.response');
    const encoded = encodeResponse(completed);
    expect(encoded).toMatchObject(response);
    expect(encoded.tool_executions).toMatchObject(executions as object[]);
    expect(encoded).toMatchObject({ tool_executions: [{ status: 'completed', call_id: 'call_1' }] });
    expect(encodeCreated(completed)).toEqual({ status: 200, body: encoded });
  });

  it('has only the times of the document, in its forms', () => {
    expect(Object.keys(encodeResponse(completed)).filter((key) => key.endsWith('_at'))).toEqual([
      'created_at',
      'completed_at',
    ]);
    expect(encodeResponse(background)).toMatchObject({
      created_at: '2025-12-23T10:00:00Z',
      queued_at: 1705315800,
      started_at: 1705315805,
      completed_at: 1705316122,
    });
  });

  it('queued has no answer and no start, an empty list of tool executions, and a usage of zero', () => {
    const queued = testResponse({
      status: 'queued',
      background: true,
      queuedAt: 1705315800_000,
      startedAt: null,
    });
    const encoded = encodeCreated(queued);
    expect(encoded).toMatchObject({
      status: 200,
      body: { status: 'queued', queued_at: 1705315800, tool_executions: [], usage: { total_tokens: 0 } },
    });
    for (const absent of ['output', 'started_at', 'completed_at', 'cancelled_at', 'error']) {
      expect(encoded.body).not.toHaveProperty(absent);
    }
  });

  it('echoes only the fields that the caller set', () => {
    const set = testResponse({
      instructions: 'Be brief',
      metadata: { user_id: 'user_123' },
      settings: { ...completed.settings, temperature: 0, maxOutputTokens: 800 },
    });
    expect(encodeResponse(set)).toMatchObject({
      system_prompt: 'Be brief',
      temperature: 0,
      max_tokens: 800,
      metadata: { user_id: 'user_123' },
      background: false,
      store: true,
    });
    expect(encodeResponse(completed)).not.toHaveProperty('temperature');
    expect(encodeResponse(completed)).not.toHaveProperty('system_prompt');
  });
});

describe('output', () => {
  it('is the text after the last tool', () => {
    const output = [
      message('msg_0', 'assistant', 'Let me look.'),
      searched,
      found,
      message('msg_1', 'assistant', 'Sunny'),
    ];
    expect(encodeResponse(testResponse({ status: 'completed', output })).output).toBe('Sunny');
  });

  it('is the text before the last tool where none came after it', () => {
    const output = [message('msg_0', 'assistant', 'Let me look.'), searched, found];
    expect(encodeResponse(testResponse({ status: 'failed', output })).output).toBe('Let me look.');
  });

  it('is always set when completed', () => {
    expect(encodeResponse(testResponse({ status: 'completed' })).output).toBe('');
  });

  it('holds a refusal', () => {
    const refused = {
      ...message('msg_1', 'assistant', ''),
      content: [{ type: 'refusal', refusal: 'No.' }],
    } as const;
    const output = [refused as unknown as ReturnType<typeof message>];
    expect(encodeResponse(testResponse({ status: 'completed', output })).output).toBe('No.');
  });
});

describe('tool executions', () => {
  it('report failures, and keep arguments that are not an object', () => {
    const error = { code: 'tool_timeout', message: 'scrape did not answer within 45 s.' } as const;
    const output = [
      serverCall('call_1', { arguments: '{"url":' }),
      serverCall('call_2', { name: 'scrape', arguments: '', error, durationMs: 45_000.4, depth: 1 }),
      serverCall('call_3', { arguments: '[1]' }),
      callOutput('call_2', 'scrape did not answer within 45 s.'),
      callOutput('call_1', '{"a":1}'),
    ];
    expect(encodeResponse(testResponse({ status: 'completed', output })).tool_executions).toEqual([
      {
        tool_name: 'google_search',
        input: { _raw: '{"url":' },
        output: '{"a":1}',
        execution_time_ms: 342,
        depth: 0,
        status: 'completed',
        call_id: 'call_1',
      },
      {
        tool_name: 'scrape',
        input: {},
        output: 'scrape did not answer within 45 s.',
        execution_time_ms: 45_000,
        depth: 1,
        status: 'failed',
        call_id: 'call_2',
      },
      expect.objectContaining({ input: { _raw: '[1]' }, output: null }),
    ]);
  });

  it('leave out unfinished calls', () => {
    const output = [
      serverCall('call_1', { state: 'started', durationMs: null }),
      serverCall('call_2', { status: 'incomplete', startedAt: null, durationMs: null }),
      clientCall('call_3'),
    ];
    expect(encodeResponse(testResponse({ output })).tool_executions).toEqual([]);
  });
});

it('shows a paused run as in progress, with the calls that it waits for', () => {
  const output = [clientCall('call_1')];
  const encoded = encodeResponse(testResponse({ status: 'requires_action', output, completedAt: 1 }));
  expect(encoded).toMatchObject({
    status: 'in_progress',
    pending_tool_calls: [{ tool_name: 'get_weather', input: { q: 'weather' }, call_id: 'call_1' }],
  });
  expect(encoded).not.toHaveProperty('completed_at');
});

it('shows an answer that was cut short as completed, with the reason', () => {
  const cut = testResponse({ status: 'incomplete', incompleteReason: 'max_output_tokens' });
  expect(encodeResponse(cut)).toMatchObject({ status: 'completed', incomplete_reason: 'max_output_tokens' });
});

describe('a failed run', () => {
  const error = {
    code: 'max_depth_exceeded',
    message: 'Tool execution exceeded maximum depth of 8',
  } as const;

  it('is the error of the document', () => {
    const failed = testResponse({ status: 'failed', error });
    expect(encodeCreated(failed)).toEqual({ status: 422, body: fixture('max-depth-exceeded.response') });
    expect(encodeResponse(failed)).toMatchObject({ status: 'failed', error: error.message });
  });

  it('is a failed response in the background', () => {
    const failed = testResponse({ status: 'failed', background: true, error });
    expect(encodeCreated(failed)).toMatchObject({
      status: 200,
      body: { status: 'failed', error: error.message },
    });
  });

  it('with a timeout is a 408 that clients do not retry where tools ran', () => {
    const timeout = {
      code: 'tool_timeout',
      message: "The run's time was over while scrape was running.",
    } as const;
    const failed = testResponse({ status: 'failed', error: timeout, output: [searched, found] });
    expect(encodeCreated(failed)).toMatchObject({
      status: 408,
      body: { error: { type: 'execution_error', code: 'tool_timeout', message: timeout.message } },
      headers: { 'x-should-retry': 'false' },
    });
  });

  it('may be retried where no tool ran', () => {
    const failed = testResponse({ status: 'failed', error: { code: 'model_error', message: 'No answer' } });
    expect(encodeCreated(failed)).toMatchObject({ status: 502, body: { error: { type: 'server_error' } } });
    expect(encodeCreated(failed).headers).toBeUndefined();
  });
});

describe('webhook', () => {
  it('is the payload of the document', () => {
    const response = testResponse({
      ...background,
      id: 'resp_abc123',
      input: [message('msg_in', 'user', '...')],
      output: [message('msg_1', 'assistant', 'The comprehensive analysis...')],
      usage: { ...usage, inputTokens: 200, outputTokens: 800, totalTokens: 1000 },
      metadata: { user_id: 'user_123', webhook_url: 'https://myapp.com/webhooks/responses' },
    });
    expect(encodeWebhook({ eventId: 'evt_1', response })).toMatchObject({
      eventName: 'response.completed',
      body: { ...fixture('webhook-payload-completed'), event: 'response.completed' },
      headers: { 'X-Jan-Event': 'response.completed', 'X-Jan-Response-ID': 'resp_abc123' },
    });
  });

  it('of a failure has the error, as text and in detail', () => {
    const error = { code: 'run_timeout', message: 'The run took longer than 600 s.' } as const;
    const { body } = encodeWebhook({ eventId: 'evt_1', response: testResponse({ status: 'failed', error }) });
    expect(body).toMatchObject({ event: 'response.failed', error: error.message, error_details: error });
  });

  it('of a success has no error', () => {
    expect(encodeWebhook({ eventId: 'evt_1', response: background }).body).not.toHaveProperty(
      'error_details',
    );
  });
});

describe('the input of a request of another dialect', () => {
  it('is a text or messages', () => {
    expect(encodeResponse(testResponse({ dialect: 'openai' }))).toMatchObject({ input: 'Hi' });
    const input = [message('msg_0', 'system', 'Be brief'), message('msg_1', 'user', 'Hi'), searched, found];
    expect(encodeResponse(testResponse({ dialect: 'openai', input })).input).toEqual([
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: searched.name, arguments: searched.arguments },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: found.output },
    ]);
    expect(encodeResponse(testResponse({ dialect: 'openai', input: [] })).input).toEqual([]);
  });

  it('is shown as it came where an earlier release stored it', () => {
    expect(encodeResponse(testResponse({ rawInput: [{ type: 'message' }] })).input).toEqual([
      { type: 'message' },
    ]);
  });
});

it('lists input items as roles and text', () => {
  expect(
    encodeInputItems([
      message('msg_0', 'system', 'Be brief'),
      message('msg_1', 'user', 'Weather?'),
      { type: 'reasoning', id: 'rs_1', text: 'Hm', status: 'completed' },
      searched,
      found,
      {
        ...message('msg_2', 'user', ''),
        content: [
          { type: 'text', text: 'See ' },
          { type: 'image', url: 'data:image/png;base64,AA' },
        ],
      } as ReturnType<typeof message>,
    ]),
  ).toEqual([
    { role: 'system', content: 'Be brief' },
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content: 'google_search({"q": "San Francisco weather"})' },
    { role: 'tool', content: 'Current conditions: Partly cloudy, 62°F...' },
    { role: 'user', content: 'See [image]' },
  ]);
});

it('confirms a deletion without a body', () => {
  expect(encodeDeleted('resp_1')).toEqual({ status: 204, body: undefined });
});

it('shows calls that wait for approval', () => {
  const call = serverCall('call_1', { state: 'pending_approval', startedAt: null, durationMs: null });
  const response = testResponse({ status: 'requires_action', output: [call] });
  expect(encodeResponse(response)).toMatchObject({
    status: 'in_progress',
    pending_tool_calls: [{ tool_name: call.name, call_id: 'call_1' }],
  });
});
