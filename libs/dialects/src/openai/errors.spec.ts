import { AppError, errorCodes, type ErrorCode } from '@antiphon/contracts';
import { readFileSync } from 'node:fs';
import type OpenAI from 'openai';
import { expect, it } from 'vitest';
import { encodeError, encodeRunError, runErrorCodes } from './errors.ts';

it.each([
  ['400', new AppError('model_not_found', 'Invalid model specified'), 'model'],
  ['401', new AppError('unauthenticated', 'Invalid API key'), null],
  ['429', new AppError('rate_limited', 'Rate limit exceeded', { retryAfterMs: 60_000 }), null],
])('%s is the error of the document', (status, error, param) => {
  const file = new URL(`./__fixtures__/error-${status}.response.json`, import.meta.url);
  const expected = JSON.parse(readFileSync(file, 'utf8')) as { error: object };
  const encoded = encodeError(error);
  expect(encoded.status).toBe(Number(status));
  expect(encoded.body).toEqual({ error: { ...expected.error, param } });
});

it('an unknown previous response is the 400 at which clients send their whole context again', () => {
  const unknown = new AppError('not_found', 'There is no response resp_1.', { param: 'previousResponseId' });
  expect(encodeError(unknown)).toMatchObject({
    status: 400,
    body: {
      error: {
        type: 'invalid_request_error',
        code: 'previous_response_not_found',
        param: 'previous_response_id',
      },
    },
  });
  expect(encodeError(new AppError('not_found', 'There is no response resp_1.')).status).toBe(404);
});

it.each([
  ['server_error', 'tool_timeout', new AppError('tool_timeout', 'late')],
  ['server_error', 'max_depth_exceeded', new AppError('max_depth_exceeded', 'deep')],
  ['server_error', 'output_invalid', new AppError('output_invalid', 'no JSON')],
  ['server_error', 'model_error', new AppError('model_error', 'broke')],
  ['server_error', 'unavailable', new AppError('unavailable', 'away')],
  ['server_error', 'execution_failed', new AppError('internal', 'oops')],
  ['rate_limit_exceeded', 'rate_limit_exceeded', new AppError('rate_limited', 'slow')],
  ['invalid_prompt', 'invalid_prompt', new AppError('model_refused', 'no')],
  ['invalid_prompt', 'invalid_model', new AppError('model_not_found', 'which?')],
  ['context_length_exceeded', 'context_length_exceeded', new AppError('context_too_long', 'long')],
  ['insufficient_quota', 'insufficient_quota', new AppError('quota_exhausted', 'empty')],
  ['server_is_overloaded', 'server_is_overloaded', new AppError('model_overloaded', 'busy')],
  ['insufficient_quota', 'insufficient_quota', withReason('rate_limited', 'insufficient_quota')],
  ['server_is_overloaded', 'server_is_overloaded', withReason('model_error', 'server_is_overloaded')],
  ['invalid_prompt', 'prompt_variable_missing', withReason('invalid_request', 'prompt_variable_missing')],
])('a run fails with %s, more closely %s', (code, reason, error) => {
  expect(encodeRunError(error)).toMatchObject({ code, reason, message: error.message });
});

it('codes of failed runs are those of the stock client, and those that OpenAI clients handle', () => {
  const known: readonly (
    | OpenAI.Responses.ResponseError['code']
    | 'context_length_exceeded'
    | 'insufficient_quota'
    | 'server_is_overloaded'
  )[] = runErrorCodes; // the compiler is the check
  for (const code of Object.keys(errorCodes) as ErrorCode[])
    expect(known).toContain(encodeRunError(new AppError(code, 'x')).code);
});

function withReason(code: ErrorCode, reason: string): AppError {
  return new AppError(code, 'x', { reason });
}

it('shows nothing of a cause', () => {
  const error = AppError.from(new Error('password=7'));
  expect(JSON.stringify(encodeError(error))).not.toContain('password');
});

it.each(['idempotency_key_reuse', 'idempotency_key_in_use'] as const)(
  '%s is not to be sent again',
  (code) => {
    expect(encodeError(new AppError(code, 'Use another key')).headers).toEqual({ 'x-should-retry': 'false' });
  },
);
