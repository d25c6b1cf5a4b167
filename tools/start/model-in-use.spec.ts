import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { greeting } from './greeting.ts';
import { modelInUse } from './model-in-use.ts';
import { loopback } from '../processes/ports.ts';

async function asked(body: string, defaultModel?: string) {
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  try {
    return await modelInUse(`http://${loopback}:${(server.address() as AddressInfo).port}`, defaultModel);
  } finally {
    server.close();
  }
}

const list = (...models: [id: string, owner: string][]) =>
  JSON.stringify({ object: 'list', data: models.map(([id, owner]) => ({ id, owned_by: owner })) });

test('the default model is in use, otherwise the first one', async () => {
  const models = list(['gpt-a', 'openai'], ['gpt-b', 'openai'], ['demo', 'demo']);
  expect(await asked(models)).toEqual({ name: 'gpt-a', isDemo: false });
  expect(await asked(models, 'gpt-b')).toEqual({ name: 'gpt-b', isDemo: false });
});

test('the greeting says if only the demo planner answers', async () => {
  const model = await asked(list(['demo', 'demo']));
  expect(model).toEqual({ name: 'demo', isDemo: true });
  expect(greet(model)).toContain('demo, a built-in planner without a language model');
});

test.each(['', '{}', '{"data":[null,7,{}]}', list()])(
  'a reply without models is not an error: %j',
  async (body) => {
    const model = await asked(body);
    expect(model).toBeUndefined();
    expect(greet(model)).toContain('none answers');
  },
);

test('where calls need a token, a guest lists the models, and the example call sends a token', async () => {
  const server = createServer((request, response) => {
    const isLogin = request.method === 'POST' && request.url === '/llm/auth/guest-login';
    if (isLogin) return response.end('{"access_token":"token-of-a-guest"}');
    if (request.headers.authorization !== 'Bearer token-of-a-guest') response.statusCode = 401;
    return response.end(response.statusCode === 401 ? '{}' : list(['gpt-a', 'openai']));
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  try {
    const address = `http://${loopback}:${(server.address() as AddressInfo).port}`;
    const model = await modelInUse(address, undefined);
    expect(model).toEqual({ name: 'gpt-a', isDemo: false });
    expect(greet(model, { isOpen: false })).toMatch(/TOKEN=.*guest-login[^]*Authorization: Bearer \$TOKEN/);
  } finally {
    server.close();
  }
});

test('where calls need no token, the example call sends none', () => {
  expect(greet({ name: 'gpt-a', isDemo: false })).not.toContain('TOKEN');
});

function greet(model: Awaited<ReturnType<typeof asked>>, { isOpen } = { isOpen: true }): string {
  const folders = { dataFolder: '/data', logFolder: '/data/log', databaseFolder: undefined };
  const addresses = { address: 'http://127.0.0.1:8000', eventsUrl: undefined };
  return greeting({ ...addresses, model, isOpen, ...folders, seconds: 1 });
}
