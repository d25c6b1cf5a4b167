import { describe, expect, it } from 'vitest';
import { normalizePath, queryOf } from './request-path.ts';

describe('normalizePath', () => {
  it.each([
    ['/v1/responses', '/v1/responses'],
    ['/v1/responses?stream=true', '/v1/responses'],
    ['/v1/responses/', '/v1/responses/'],
    ['/llm/auth/guest%2Dlogin', '/llm/auth/guest-login'],
    ['/llm/auth/%67uest-login', '/llm/auth/guest-login'],
    ['/llm//auth/guest-login', '/llm/auth/guest-login'],
    ['/v1/../llm/auth/guest-login', '/llm/auth/guest-login'],
    ['/v1/%2e%2e/llm/auth/me', '/llm/auth/me'],
    ['/v1/./models', '/v1/models'],
    ['/a/b/..', '/a/'],
    ['/../..', '/'],
    ['/v1/models/a%2fb', '/v1/models/a%2Fb'],
    ['/v1/%zz', '/v1/%zz'],
    ['/v1/.well-known', '/v1/.well-known'],
    ['http://elsewhere/v1/responses', '/v1/responses'],
    ['http://elsewhere', '/'],
  ])('%s is %s', (target, path) => {
    expect(normalizePath(target)).toBe(path);
  });
});

it('keeps the query unchanged', () => {
  expect(queryOf('/v1/responses?a=%2F&b')).toBe('?a=%2F&b');
  expect(queryOf('/v1/responses')).toBe('');
});
