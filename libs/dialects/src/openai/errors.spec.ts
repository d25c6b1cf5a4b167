import { AppError } from '@antiphon/contracts';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { encodeError } from './errors.ts';

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

it('an unknown response to go on from is the 400 at which clients send their whole context again', () => {
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
