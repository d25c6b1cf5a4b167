import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import { afterAll, afterEach, describe, expect } from 'vitest';
import { surroundings } from './system/surroundings.ts';
import { WebSocket } from 'ws';
import type { AppProcess } from './system/app-process.ts';
import { JanClient, type JanError } from './clients/jan-client.ts';
import { anyString } from './checks/matchers.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;

const started: AppProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.stop()));
});

/** Another process of the responses service, with limits of its own. */
async function limited(env: NodeJS.ProcessEnv): Promise<string> {
  const service = await system.startAnother('responses', env);
  started.push(service);
  return service.url;
}

const hold = () => {
  const held = Promise.withResolvers<void>();
  provider.script = () => [wait(held.promise), text('Done.')];
  return held.resolve;
};

/** Resolves to a WebSocket, or to the status of the refused handshake. */
async function socketAt(url: string, token: string): Promise<WebSocket | number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0));
  });
}

describe('a caller', () => {
  scenario('limits-requests', 'has a limit of requests a minute', async () => {
    const url = await limited({ LIMIT_REQUESTS: 'guest=4' });
    const [token, other] = [await system.token(), await system.token()];
    const send = (path: string, as = token) =>
      fetch(url + path, { headers: { authorization: `Bearer ${as}` } });
    for (let request = 0; request < 4; request++) expect((await send('/v1/responses')).status).toBe(200);
    const openai = await send('/v1/responses');
    expect(openai.status).toBe(429);
    // One of four requests a minute comes back after 15 s, of which the four took some.
    const wait = openai.headers.get('retry-after');
    expect(Number(wait)).toBeGreaterThan(0);
    expect(Number(wait)).toBeLessThanOrEqual(15);
    expect(Object.fromEntries(openai.headers)).toMatchObject({
      'x-ratelimit-limit': '4',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': wait,
    });
    expect(await openai.json()).toMatchObject({
      error: {
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        message: anyString,
        retry_after: Number(wait),
      },
    });
    const jan = await send('/responses/v1/responses/resp_1');
    expect([jan.status, await jan.json()]).toMatchObject([429, { error: { type: 'rate_limit_error' } }]);
    const agent = await send('/api/v1/responses/resp_1');
    expect([agent.status, await agent.json()]).toMatchObject([429, { detail: anyString }]);
    expect((await send('/v1/responses', other)).status).toBe(200);
  });

  scenario('limits-together', 'has a limit of concurrent runs and streams', async () => {
    const url = await limited({ LIMIT_RUNS: 'guest=1', LIMIT_STREAMS: 'guest=2' });
    const [token, other] = [await system.token(), await system.token()];
    const [jan, otherJan] = [new JanClient(url, token), new JanClient(url, other)];
    const asked = provider.call(provider.calls.length);
    const release = hold();
    const first = jan.create({ input: 'One' });
    await asked;
    const refused = await jan.create<JanError>({ input: 'Two' });
    expect([refused.status, refused.body.error.type]).toEqual([429, 'rate_limit_error']);
    expect(refused.headers.get('x-ratelimit-limit')).toBe('1');
    const ofOther = otherJan.create({ input: 'Three' });
    release();
    expect((await first).status).toBe(200);
    expect((await ofOther).status).toBe(200);
    await expect.poll(async () => (await jan.create({ input: 'Four' })).status).toBe(200);

    const sockets = [await socketAt(url, token), await socketAt(url, token)];
    expect(await socketAt(url, token)).toBe(429);
    const otherSocket = await socketAt(url, other);
    for (const socket of [...sockets, otherSocket]) {
      expect(socket).toBeInstanceOf(WebSocket);
      if (socket instanceof WebSocket) socket.terminate();
    }
  });

  scenario('limits-stored', 'has a limit of stored bytes', async () => {
    const url = await limited({ LIMIT_STORED_ROWS: 'guest=3' });
    const jan = new JanClient(url, await system.token());
    for (let count = 0; count < 3; count++) expect((await jan.create({ input: 'Hi' })).status).toBe(200);
    const refused = await jan.create<JanError>({ input: 'Hi' });
    expect([refused.status, refused.body.error]).toMatchObject([
      403,
      { type: 'permission_error', message: expect.stringContaining('delete responses') as string },
    ]);
    expect((await jan.create({ input: 'Hi', store: false })).status).toBe(200);
  });
});

describe('background runs', () => {
  afterAll(() => system.restart('worker'));

  scenario('limits-fair', 'of one caller start while another’s fill the queue', async () => {
    await system.restart('worker', { BACKGROUND_WORKER_COUNT: '2', BACKGROUND_RUNS_PER_WORKER: '2' });
    const [many, one] = [await system.jan(), await system.jan()];
    const release = hold();
    const submit = (jan: JanClient) => jan.create({ input: 'Slow', background: true });
    const queued = await Promise.all(Array.from({ length: 24 }, () => submit(many)));
    const { body: task } = await submit(one);
    await expect.poll(async () => (await one.get(task.id)).body.status).toBe('in_progress');
    const states = await Promise.all(queued.map(async ({ body }) => (await many.get(body.id)).body.status));
    expect(states).toContain('queued');
    release();
    expect((await one.settled(task.id)).status).toBe('completed');
    await Promise.all(queued.map(({ body }) => many.cancel(body.id)));
  });
});

describe('rights', () => {
  const folder = join(surroundings().folder, 'limits');
  const toolsFile = join(folder, 'tools.yml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(toolsFile, 'callers:\n  - { kind: guest, tools: [current_time] }\n');
  afterAll(() => system.restart('mcp'));

  scenario('rights-background', 'of a guest hold in its background runs', async () => {
    await system.restart('mcp', { TOOLS_FILE: toolsFile });
    const before = provider.calls.length;
    const { access_token: token } = await system.login();
    const guest = new JanClient(system.url, token);
    const made = await guest.request<{ key: string }>('POST', '/llm/auth/api-keys');
    const key = new JanClient(system.url, made.body.key);
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('calculate', { expression: '6*7' })] : [text('So it is.')];
    for (const jan of [guest, key]) {
      for (const background of [false, true]) {
        const { body } = await jan.create({ input: 'What is 6*7?', background });
        const done = background ? await jan.settled(body.id) : body;
        expect(done.tool_executions).toMatchObject([{ tool_name: 'calculate', status: 'failed' }]);
      }
    }
    const offered = new Set(
      provider.calls
        .slice(before)
        .flatMap(({ body }) => (body.tools ?? []).map((tool) => tool.function.name)),
    );
    expect([...offered]).toEqual(['current_time']);
  });
});

describe('the operator', () => {
  const servers = (secret: string, label: string) =>
    fetch(`${system.url}/v1/mcp/servers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ label, url: 'https://mcp.example.com/mcp', shared: true, enabled: false }),
    });

  scenario(
    'rights-granted',
    'gives accounts and keys their rights',
    async () => {
      const login = await system.login();
      const { user_id: id } = login;
      const email = `${id.slice(-10)}@example.com`;
      expect((await servers(login.access_token, 'before')).status).toBe(403);

      expect(await system.admin('verify', id, '--email', email)).toMatchObject({ succeeded: true });
      expect(await system.admin('grant', email, 'admin')).toMatchObject({ succeeded: true });
      const granted = await system.refresh(login);
      const me = await new JanClient(system.url, granted.access_token).request('GET', '/llm/auth/me');
      expect(me.body).toMatchObject({ kind: 'user', email, email_verified: true });
      expect((await servers(granted.access_token, `a-${id.slice(-8)}`)).status).toBe(201);

      const made = await system.admin('key', id, '--name', 'ci', '--scopes', 'admin');
      const { key } = JSON.parse(made.output) as { key: string };
      expect((await servers(key, `b-${id.slice(-8)}`)).status).toBe(201);
      expect((await system.admin('users', email)).output).toContain(id);

      // Before the account and its keys lose the right to.
      for (const label of ['a', 'b'])
        await fetch(`${system.url}/v1/mcp/servers/${label}-${id.slice(-8)}`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${key}` },
        });

      expect(await system.admin('revoke', id, 'admin')).toMatchObject({ succeeded: true });
      const again = await new JanClient(system.url, granted.access_token).request('GET', '/llm/auth/me');
      expect(again.status).toBe(401);
      expect((await system.admin('grant', 'user_nobody', 'admin')).output).toContain('There is no account');
      const unknown = await system.admin('promote', id);
      expect(unknown.succeeded).toBe(false);
      expect(unknown.output).toContain('usage:');
    },
    90_000,
  );
});

describe('a revoked credential', () => {
  scenario('revoked-everywhere', 'is refused everywhere as soon as its revocation is pushed', async () => {
    const url = await limited({});
    const { access_token: token } = await system.login();
    const guest = new JanClient(system.url, token);
    const made = await guest.request<{ id: string; key: string }>('POST', '/llm/auth/api-keys');
    const statuses = async (secret: string) => {
      const headers = { authorization: `Bearer ${secret}` };
      const asked = [system.url, url].flatMap((base) =>
        Array.from({ length: 16 }, async () => (await fetch(`${base}/v1/responses`, { headers })).status),
      );
      return [...new Set(await Promise.all(asked))];
    };
    /** A socket at each process; each closes when the push arrives there. */
    const open = (secret: string) =>
      Promise.all(
        [system.app('responses').url, url].map(async (base) => {
          const socket = await socketAt(base, secret);
          if (!(socket instanceof WebSocket)) throw new Error(`the handshake was refused: ${socket}`);
          return { closed: once(socket, 'close').then(([code]) => code as number) };
        }),
      );
    const closeCodes = (sockets: { closed: Promise<number> }[]) =>
      Promise.all(sockets.map(({ closed }) => closed));
    expect([await statuses(token), await statuses(made.body.key)]).toEqual([[200], [200]]);
    const [ofToken, ofKey] = [await open(token), await open(made.body.key)];
    await guest.request('DELETE', `/llm/auth/api-keys/${made.body.id}`);
    expect(await closeCodes(ofKey)).toEqual([1008, 1008]);
    expect(await statuses(made.body.key)).toEqual([401]);
    expect(await statuses(token)).toEqual([200]);
    await guest.request('POST', '/llm/auth/logout');
    expect(await closeCodes(ofToken)).toEqual([1008, 1008]);
    expect(await statuses(token)).toEqual([401]);
  });
});
