import { describe, expect, it } from 'vitest';
import { credentialsOf, secretOf } from './credentials.ts';

describe('the token of a request', () => {
  it.each([
    ['a bearer token', { authorization: 'Bearer abc' }, 'abc'],
    ['a bearer token in other cases and blanks', { authorization: 'bearer   abc ' }, 'abc'],
    ['an API key', { 'x-api-key': 'sk_1' }, 'sk_1'],
    ['the bearer token before the API key', { authorization: 'Bearer abc', 'x-api-key': 'sk_1' }, 'abc'],
    ['empty for another scheme', { authorization: 'Basic abc' }, ''],
    ['undefined without a header', {}, undefined],
  ])('is %s', (_what, headers, token) => {
    expect(secretOf(credentialsOf({ headers }))).toBe(token);
  });
});
