import { AppError, read } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { encodeError } from './errors.ts';
import { CreateRequest } from './schema.ts';

it('lists all faults of a body', () => {
  try {
    read(CreateRequest, { input: 'Hi', model_settings: { temperature: 3 }, stream: 1, extra: true });
    expect.unreachable();
  } catch (error) {
    expect(encodeError(AppError.from(error))).toEqual({
      status: 422,
      body: {
        detail: [
          {
            loc: ['body', 'model_settings', 'temperature'],
            msg: 'model_settings.temperature must be at most 2, got 3',
            type: 'too_large',
          },
          {
            loc: ['body', 'stream'],
            msg: 'stream must be "off" or "events" or "full", got a number',
            type: 'value_error',
          },
          { loc: ['body', 'extra'], msg: 'extra is not a known field', type: 'extra_forbidden' },
        ],
      },
    });
  }
});

it.each([
  [new AppError('invalid_request', 'Nothing waits'), 400],
  [new AppError('unauthenticated', 'Send a token'), 401],
  [new AppError('forbidden', 'Not yours'), 403],
  [new AppError('not_found', 'There is no conversation'), 404],
  [new AppError('conflict', 'Calls are pending'), 409],
  [new AppError('max_depth_exceeded', 'Too deep'), 500],
  [new AppError('internal', 'Internal error', { cause: new Error('password=7') }), 500],
])('%s is a sentence', (error, status) => {
  expect(encodeError(error)).toEqual({ status, body: { detail: error.message } });
});

it('says when to retry', () => {
  expect(encodeError(new AppError('rate_limited', 'Slow down', { retryAfterMs: 1_500 }))).toMatchObject({
    status: 429,
    headers: { 'retry-after': '2' },
  });
});
