import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();

scenario('tools-try', 'a caller sees its tools and, with the scope, calls one without a model', async () => {
  const { user_id: id, access_token: token } = await system.login();
  const made = await system.admin('key', id, '--name', 'tools', '--scopes', 'tools');
  const { key } = JSON.parse(made.output) as { key: string };
  const call = async (path: string, credential: string, body?: object) => {
    const answer = await fetch(`${system.url}/v1/tools${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  const { body: list } = await call('', token);
  expect(list.data).toContainEqual(
    expect.objectContaining({
      object: 'tool',
      name: 'calculate',
      parameters: expect.objectContaining({ type: 'object' }) as unknown,
      needs_approval: false,
      server_label: null,
      in_all: true,
    }),
  );
  expect(list.data).toContainEqual(
    expect.objectContaining({ name: 'post_http_requests', needs_approval: true, in_all: false }),
  );

  const sum = { arguments: { expression: '6 * 7' } };
  expect(await call('/calculate/try', key, sum)).toMatchObject({
    status: 200,
    body: { object: 'tool_trial', output: expect.stringContaining('42') as unknown, error: null },
  });
  expect(await call('/calculate/try', key, { arguments: { expression: 7 } })).toMatchObject({
    status: 200,
    body: { error: { code: 'invalid_request', message: expect.stringContaining('expression') as unknown } },
  });
  expect(await call('/calculate/try', key, { arguments: '6 * 7' })).toMatchObject({ status: 400 });
  expect(await call('/no_such_tool/try', key, sum)).toMatchObject({ status: 404 });
  expect(await call('/calculate/try', token, sum)).toMatchObject({
    status: 403,
    body: { error: { message: expect.stringContaining('"tools"') as unknown } },
  });
});
