import { describe, expect, it } from 'vitest';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import { embeddedError, namedError } from './embedded-error.ts';

const busy = { code: 'rate_limited', isTransient: true };
const failed = { code: 'model_error', isTransient: true };
const overloaded = { code: 'model_overloaded', isTransient: true };
const refused = { code: 'model_refused', isTransient: false };

describe('embeddedError', () => {
  it.each([
    [{ error: { type: 'rate_limit_error', message: 'slow down' } }, busy],
    [{ error: { code: 'rate_limit_exceeded', type: 'tokens', message: 'slow down' } }, busy],
    [{ error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' } }, busy],
    [{ error: { status: 'RESOURCE_EXHAUSTED' } }, busy],
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, overloaded],
    [{ error: { type: 'server_error', message: 'sorry' } }, failed],
    [{ error: { message: 'sorry', type: 'InternalServerError', code: null } }, failed],
    [{ error: 'it broke' }, failed],
    [{ error: { message: 'a new kind', type: 'of_tomorrow' }, choices: [] }, failed],
    [{ object: 'error', message: 'bad input', type: 'BadRequestError', code: 400 }, refused],
    [{ error: { type: 'invalid_request_error', message: 'bad input' } }, refused],
    [{ type: 'error', code: 'invalid_request_error', message: 'bad input' }, refused],
    [{ error: { message: 'bad input', code: '400' } }, refused],
    [{ detail: 'something broke' }, failed],
    [{ message: 'something broke', code: 'internal_error' }, failed],
    [{ message: 'something broke', error_code: 'INTERNAL_ERROR' }, failed],
    [{ message: 'Input is too long for requested model.' }, { code: 'context_too_long', isTransient: false }],
    [{ base_resp: { status_code: 1000, status_msg: 'unknown' }, choices: null }, failed],
  ])('classes %j as its status would be', (object, expected) => {
    const error = embeddedError('test', object);
    expect({ code: error?.code, isTransient: isTransient(error) }).toEqual(expected);
  });

  it.each([
    { choices: [] },
    { choices: [], error: null },
    { choices: [], error: '' },
    { choices: [], base_resp: { status_code: 0 } },
    { object: 'chat.completion.chunk', usage: {} },
    { type: 'ping' },
    { type: 'progress', message: 'You are third in the queue' },
  ])('finds none in %j', (object) => {
    expect(embeddedError('test', object)).toBeNull();
  });
});

describe('namedError', () => {
  it('reads a line of the form `error: …`', () => {
    const error = namedError('test', '{"code":400,"message":"bad input","type":"invalid_request_error"}');
    expect(error).toMatchObject({
      code: 'model_refused',
      message: expect.stringContaining('bad input') as string,
    });
    expect(isTransient(namedError('test', 'it broke'))).toBe(true);
  });
});
