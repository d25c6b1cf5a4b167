import { describe, expect, it } from 'vitest';
import { callOutput, clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { encodeCancelled, encodeCreated, encodeResponse } from './encode.ts';

const output = [
  clientCall('call_1', { state: 'done' }),
  callOutput('call_1', 'It is 18:42 UTC.'),
  message('msg_1', 'assistant', 'It is evening.'),
];

describe('a response', () => {
  it('has the text first, as the samples read it', () => {
    const { output: items } = encodeResponse(testResponse({ status: 'completed', output })) as {
      output: { type: string; content: { text: string }[] }[];
    };
    expect(items.map(({ type }) => type)).toEqual(['message', 'function_call', 'function_call_output']);
    expect(items[0]?.content[0]?.text).toBe('It is evening.');
  });

  it('has times in seconds and usage as in the openai dialect', () => {
    expect(encodeResponse(testResponse({ status: 'completed' }))).toMatchObject({
      object: 'response',
      created_at: 1766484000,
      usage: { input_tokens: 0, output_tokens: 0 },
    });
  });

  it('that waits for its caller is `in_progress`', () => {
    const output = [clientCall('call_1')];
    const paused = testResponse({ status: 'requires_action', output, completedAt: 1 });
    expect(encodeResponse(paused)).toMatchObject({
      status: 'in_progress',
      completed_at: null,
      output: [{ type: 'function_call', call_id: 'call_1' }],
    });
    expect(encodeCreated(paused).status).toBe(200);
  });
});

it('a failed foreground run is an error', () => {
  const error = { code: 'model_error', message: 'The provider is down' } as const;
  const failed = testResponse({ status: 'failed', error, output: [serverCall('call_1')] });
  expect(encodeCreated(failed)).toMatchObject({
    status: 502,
    body: { error: { code: 'model_error' } },
    headers: { 'x-should-retry': 'false' },
  });
  expect(encodeCreated({ ...failed, background: true })).toMatchObject({ status: 200 });
});

it('a cancel that came too late is refused', () => {
  const response = testResponse({ status: 'cancelled' });
  expect(encodeCancelled({ response, wasCancelled: true })).toMatchObject({ status: 'cancelled' });
  expect(() => encodeCancelled({ response, wasCancelled: false })).toThrow(
    expect.objectContaining({ code: 'invalid_request' }) as Error,
  );
});
