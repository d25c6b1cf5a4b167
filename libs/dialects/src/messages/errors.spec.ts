import { APIError } from '@anthropic-ai/sdk';
import { AppError, type ErrorCode, errorCodes } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { encodeError } from './errors.ts';
import { ErrorReply } from './reply-schema.ts';

it.each<[ErrorCode, number, string]>([
  ['invalid_request', 400, 'invalid_request_error'],
  ['model_refused', 400, 'invalid_request_error'],
  ['context_too_long', 400, 'invalid_request_error'],
  ['unauthenticated', 401, 'authentication_error'],
  ['forbidden', 403, 'permission_error'],
  ['not_found', 404, 'not_found_error'],
  ['model_not_found', 404, 'not_found_error'],
  ['payload_too_large', 413, 'request_too_large'],
  ['rate_limited', 429, 'rate_limit_error'],
  ['internal', 500, 'api_error'],
  ['model_error', 500, 'api_error'],
  ['run_timeout', 504, 'timeout_error'],
  ['model_overloaded', 529, 'overloaded_error'],
  ['unavailable', 529, 'overloaded_error'],
])('%s is a %i %s', (code, status, type) => {
  expect(encodeError(new AppError(code, 'Words'), 'req-1')).toMatchObject({
    status,
    body: { type: 'error', error: { type }, request_id: 'req-1' },
    headers: { 'request-id': 'req-1' },
  });
});

it.each(Object.keys(errorCodes) as ErrorCode[])('%s is an error that the stock client reads', (code) => {
  const { status, body } = encodeError(new AppError(code, 'Words'));
  expect(ErrorReply.parse(body)).toEqual(body);
  const read = APIError.generate(status, body as object, undefined, new Headers());
  expect(read.type).toBe(ErrorReply.parse(body).error.type);
  expect(read.message).toContain('Words');
});

it('names a more exact cause in its details', () => {
  const error = new AppError('invalid_request', 'No', { reason: 'thread_unsupported_request' });
  expect(encodeError(error).body).toMatchObject({
    error: { details: { error_code: 'thread_unsupported_request' } },
  });
});

it('says when to retry, and when not', () => {
  const limited = encodeError(new AppError('rate_limited', 'Slow down', { retryAfterMs: 1_500 }));
  expect(limited.headers).toEqual({ 'retry-after': '2' });
  for (const code of ['output_invalid', 'max_depth_exceeded', 'quota_exhausted', 'internal'] as const)
    expect(encodeError(new AppError(code, 'No')).headers).toEqual({ 'x-should-retry': 'false' });
  expect(encodeError(new AppError('model_overloaded', 'Full')).headers).toEqual({});
});

it.each<[AppError, RegExp]>([
  [new AppError('context_too_long', 'It has 9 tokens.'), /^prompt is too long: It has 9 tokens\.$/],
  [
    new AppError('invalid_request', 'x', { reason: 'invalid_encrypted_content' }),
    /^Invalid `signature` in `thinking` block/,
  ],
])('uses the words that clients look for: %s', (error, words) => {
  expect(ErrorReply.parse(encodeError(error).body).error.message).toMatch(words);
});
