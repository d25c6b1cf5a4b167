import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { findLocalServers } from './local-servers.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server with these paths; others are not found. */
async function serve(paths: Record<string, unknown>): Promise<number> {
  const server = createServer(({ url = '' }, response) => {
    const body = paths[url];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: 'not found' }));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A port at which nothing listens. */
const nothing = 1;

const find = (ports: Record<string, number>) =>
  findLocalServers({ streams: 'always' }, (preset) => ports[preset] ?? nothing);

it('finds each server by a path of its own, at its usual base URL', async () => {
  const ollama = await serve({ '/api/version': { version: '0.12.0' } });
  const lmstudio = await serve({ '/api/v0/models': { object: 'list', data: [] } });
  const vllm = await serve({ '/version': { version: '0.11.0' } });
  expect(await find({ ollama, lmstudio, vllm })).toMatchObject([
    {
      name: 'ollama',
      title: 'Ollama',
      baseUrl: `http://127.0.0.1:${ollama}/`,
      credentials: { type: 'none' },
    },
    { name: 'lmstudio', title: 'LM Studio', baseUrl: `http://127.0.0.1:${lmstudio}/v1` },
    { name: 'vllm', title: 'vLLM', baseUrl: `http://127.0.0.1:${vllm}/v1` },
  ]);
});

it('takes no other server for one, such as this system’s own gateway at the port of vLLM', async () => {
  const gateway = await serve({ '/v1/models': { object: 'list', data: [] } });
  const page = await serve({ '/version': '1.0', '/api/version': [] });
  expect(await find({ ollama: page, lmstudio: gateway, vllm: gateway })).toEqual([]);
  expect(await find({ vllm: page })).toEqual([]);
  expect(await find({})).toEqual([]);
});

it('does not wait for a server that is silent', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  servers.push(silent);
  await once(silent, 'listening');
  expect(await find({ ollama: (silent.address() as AddressInfo).port })).toEqual([]);
});
