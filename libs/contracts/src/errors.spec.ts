import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError, deepestCause } from './errors.ts';

describe('deepestCause', () => {
  it('follows causes as far as they are errors', () => {
    const deepest = new Error('deepest', { cause: 'a text' });
    expect(deepestCause(new Error('outer', { cause: new Error('middle', { cause: deepest }) }))).toBe(
      deepest,
    );
    expect(deepestCause('a text')).toBe('a text');
  });
});

describe('AppError.from', () => {
  it('keeps an AppError as it is', () => {
    const error = new AppError('not_found', 'gone');
    expect(AppError.from(error)).toBe(error);
  });

  it('names the field that a schema refuses', () => {
    const { error } = z.object({ a: z.object({ b: z.number() }) }).safeParse({ a: { b: 'x' } });
    expect(AppError.from(error)).toMatchObject({ code: 'invalid_request', param: 'a.b' });
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
    Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }),
    Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' }),
    Object.assign(new Error('deadlock detected'), { code: '40P01' }),
    new Error('Query read timeout'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Connection terminated unexpectedly'),
  ])('calls a part that is away or too busy unavailable, without its address: %s', (error) => {
    const { code, message, retryAfterMs, cause } = AppError.from(error);
    expect({ code, retryAfterMs }).toEqual({ code: 'unavailable', retryAfterMs: 2_000 });
    expect(message).not.toContain('10.0.0.5');
    expect(cause).toBe(error);
  });

  it('hides an unknown error, and keeps it as the cause for the log', () => {
    const secret = new Error('select * from users where password = 1');
    expect(AppError.from(secret)).toMatchObject({
      code: 'internal',
      message: 'Internal error',
      cause: secret,
    });
    expect(AppError.from('text')).toMatchObject({ code: 'internal' });
  });

  it('is the same after a round trip as data', () => {
    const error = new AppError('rate_limited', 'slow down', { param: 'model', retryAfterMs: 5 });
    expect(AppError.fromInfo(error.toInfo())).toMatchObject({ ...error.toInfo() });
  });
});
