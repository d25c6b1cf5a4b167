import { describe, expect, it } from 'vitest';
import { type ErrorBody, authService } from '../testing/auth-service.ts';

const { login, call } = await authService();

describe('bad input', () => {
  const wrongValues = [null, 5, true, [], {}, ''];
  const cases: [string, unknown, string][] = [
    ...wrongValues.map((value): [string, unknown, string] => [
      'refresh-token',
      { refresh_token: value },
      'refresh_token',
    ]),
    ['refresh-token', {}, 'refresh_token'],
    ...wrongValues.map((value): [string, unknown, string] => ['revoke', { token: value }, 'token']),
    ['revoke', {}, 'token'],
    ...wrongValues.map((value): [string, unknown, string] => ['validate', { token: value }, 'token']),
    ...wrongValues.map((value): [string, unknown, string] => ['upgrade', { email: value }, 'email']),
    ['upgrade', {}, 'email'],
    ['upgrade', { email: 'nobody' }, 'email'],
    ['upgrade', { email: `${'a'.repeat(300)}@example.com` }, 'email'],
    ['upgrade', { email: 'a@example.com', username: 5 }, 'username'],
    ['upgrade', { email: 'a@example.com', username: '  ' }, 'username'],
    ['upgrade', { email: 'a@example.com', username: 'two\nlines' }, 'username'],
    ['upgrade', { email: 'a@example.com', full_name: [] }, 'full_name'],
    ['upgrade', { email: 'a@example.com', full_name: 'x'.repeat(201) }, 'full_name'],
    ['api-keys', { name: 5 }, 'name'],
    ['api-keys', { name: '' }, 'name'],
    ['api-keys', { name: 'x'.repeat(101) }, 'name'],
  ];
  it.each(cases)('POST %s %j is 400 and names the field', async (path, body, param) => {
    const { access_token: token } = await login();
    const answer = await call<ErrorBody>('POST', `/auth/${path}`, { token, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      type: 'invalid_request_error',
      code: 'invalid_request',
      param,
    });
    expect(answer.body.error.message).toContain(param);
  });

  const paths = ['refresh-token', 'upgrade', 'validate', 'revoke', 'api-keys'];
  const bodies = [
    '{',
    'null',
    '5',
    '[]',
    '"text"',
    '{"email":"a\\u0000@example.com"}',
    '{"__proto__":{}}',
    '{"a":"\\ud800"}',
  ];
  const broken = paths.flatMap((path) => bodies.map((body): [string, string] => [path, body]));
  it.each(broken)('POST %s with the body %s is 400', async (path, body) => {
    const { access_token: token } = await login();
    const answer = await call<ErrorBody>('POST', `/auth/${path}`, { token, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('invalid_request');
  });

  it('is 415 where it is not JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await call('POST', '/auth/refresh-token', { headers, body: 'x' })).status).toBe(415);
  });

  it('is 404 on an unknown path or id of any content', async () => {
    const { access_token: token } = await login();
    expect((await call('GET', '/auth/nothing', { token })).status).toBe(404);
    for (const id of ['nothing', 'key_%00', '%F0%9F%92%A9', "'; drop table", 'x'.repeat(200)]) {
      expect((await call('DELETE', `/auth/api-keys/${id}`, { token })).status).toBe(404);
    }
  });

  it('leaves the service alive', async () => {
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect((await call('GET', '/readyz')).status).toBe(200);
  });
});
