import { AppError } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { encodeError } from './errors.ts';

it.each([
  [new AppError('invalid_request', 'input is required', { param: 'input' }), 400, 'invalid_request_error'],
  [new AppError('unauthenticated', 'Send a token'), 401, 'authentication_error'],
  [new AppError('not_found', 'There is no such response'), 404, 'not_found_error'],
  [new AppError('tool_timeout', 'Too slow'), 408, 'execution_error'],
  [new AppError('max_depth_exceeded', 'Too deep'), 422, 'execution_error'],
  [new AppError('unavailable', 'Try again'), 503, 'server_error'],
  [new AppError('internal', 'Internal error', { cause: new Error('password=7') }), 500, 'server_error'],
])('%s', (error, status, type) => {
  expect(encodeError(error)).toEqual({
    status,
    body: { error: { message: error.message, type, code: error.code } },
  });
});

it('says when to retry', () => {
  expect(encodeError(new AppError('rate_limited', 'Slow down', { retryAfterMs: 1_500 }))).toEqual({
    status: 429,
    body: { error: { message: 'Slow down', type: 'rate_limit_error', code: 'rate_limited', retry_after: 2 } },
    headers: { 'retry-after': '2' },
  });
});

it.each(['idempotency_key_reuse', 'idempotency_key_in_use'] as const)(
  '%s is not to be sent again',
  (code) => {
    expect(encodeError(new AppError(code, 'Use another key')).headers).toEqual({ 'x-should-retry': 'false' });
  },
);
