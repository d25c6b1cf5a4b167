import { AppError, authVerifyKey, type Caller } from '@antiphon/contracts';
import { createLogger, type RunningService, startService } from '@antiphon/service-kit';
import { MemoryBus } from '@antiphon/service-kit/testing';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  LATEST_PROTOCOL_VERSION,
  type Progress,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';
import { Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig, MCP_CONFIG } from '../config.ts';
import { McpController } from './mcp.controller.ts';
import { ToolPolicy } from '../host/tool-policy.ts';
import { requiredEnvironment } from '../testing/environment.ts';
import { noOutsideTools } from '../testing/outside-tools.ts';
import { defineTool, readOnly, type ToolContext } from '../host/tool.ts';
import { ToolRegistry } from '../host/tool-registry.ts';
import { ToolRunner } from '../host/tool-runner.ts';
import { CancellationsHandler } from './cancellations.handler.ts';
import { Cancellations } from './cancellations.ts';
import { encodeMcpError } from './json-rpc-error.ts';
import { McpEndpoint } from './mcp-endpoint.ts';
import { ToolEvents } from './tool-events.ts';

@Module({})
class McpModule {}

const first: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'key', scopes: [] };
const second: Caller = { ...first, userId: 'user_2', tenantId: 'user_2' };
const limits = { outputBytesMax: 10_000, concurrencyMax: 16, waitingMax: 0 };

/** A call of the tool `wait`: it runs until the test releases it or its signal aborts. */
interface WaitingCall {
  signal: AbortSignal;
  letGo: () => void;
  /** Resolves when its signal aborts. */
  stopped: Promise<void>;
}

let waiting: ((call: WaitingCall) => void)[] = [];
/** The next call of `wait`, once it runs. */
const nextCall = () => new Promise<WaitingCall>((resolve) => waiting.push(resolve));

function textTool(
  name: string,
  run: (text: string, context: ToolContext, signal: AbortSignal) => Promise<string>,
) {
  return defineTool({
    name,
    description: `The ${name} tool.`,
    parameters: z.object({ text: z.string().default('') }),
    annotations: readOnly,
    timeoutMs: 30_000,
    run: ({ text }, context, signal) => run(text, context, signal),
  });
}

const tools = [
  textTool('wait', async (text, { onProgress }, signal) => {
    onProgress?.({ progress: 1, total: 3, message: 'half\u0007way' });
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    const free = new Promise<void>((letGo) => waiting.shift()?.({ signal, letGo, stopped }));
    await Promise.race([free, stopped]);
    return text;
  }),
  textTool('echo', async (text) => text),
  textTool('refuse', async () => {
    throw new AppError('not_found', 'there is no such page');
  }),
  textTool('break', async () => {
    throw new Error('password is hunter2');
  }),
  textTool('key', async (_text, { idempotencyKey }) => idempotencyKey),
  defineTool({
    name: 'wipe_all',
    description: 'Deletes everything.',
    parameters: z.object({}),
    annotations: { readOnly: false, idempotent: true, destructive: true },
    timeoutMs: 1_000,
    run: async () => 'done',
  }),
];

const policy = new ToolPolicy({
  file: { tools: { wipe_all: { enabled: true } }, callers: [{ user: 'user_2', tools: ['echo'] }] },
  unsafe: 'named',
});

async function startInstance(bus: MemoryBus, env: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const environment = {
    PORT: '0',
    MCP_ALLOWED_ORIGINS: 'https://app.example.com',
    BODY_LIMIT_BYTES: '20000',
    ...requiredEnvironment,
    ...env,
  };
  const config = loadConfig(environment, {
    http: { body_depth_max: 20 },
    mcp_endpoint: { page_size: 2, batch_max: 3, progress_interval: '20ms' },
  });
  const module = {
    module: McpModule,
    controllers: [McpController, CancellationsHandler],
    providers: [
      {
        provide: ToolRegistry,
        useFactory: () => new ToolRegistry(tools, policy, { tools: limits }, noOutsideTools),
      },
      ToolRunner,
      { provide: MCP_CONFIG, useValue: config },
      Cancellations,
      { provide: ToolEvents, useValue: { executed: async () => undefined } },
      McpEndpoint,
    ],
  };
  const logger = createLogger('mcp', 'silent');
  return startService({ name: 'mcp', config, module, encodeError: encodeMcpError }, bus, logger);
}

let here: RunningService;
let there: RunningService;
const clients: Client[] = [];

beforeAll(async () => {
  const bus = new MemoryBus();
  [here, there] = await Promise.all([startInstance(bus), startInstance(bus)]);
  bus.handle(authVerifyKey, async ({ key }) => ({
    caller: { sk_first: first, sk_second: second }[key] ?? null,
  }));
});

afterEach(async () => {
  waiting = [];
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
});

interface Seen {
  method: string;
  status: number;
  type: string | null;
}

/** A client whose requests go to the two instances in turn. */
async function connect(key = 'sk_first', seen: Seen[] = []) {
  let count = 0;
  const transport = new StreamableHTTPClientTransport(new URL('http://instance/mcp'), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
    fetch: async (_url, init) => {
      const answer = await fetch(`${(count++ % 2 === 0 ? here : there).url}/mcp`, init);
      const { method = 'GET' } = init ?? {};
      seen.push({ method, status: answer.status, type: answer.headers.get('content-type') });
      return answer;
    },
  });
  const client = new Client({ name: 'test', version: '1' });
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  await client.connect(transport);
  clients.push(client);
  return { client, transport, errors };
}

const call = (client: Client, name: string, args: Record<string, unknown> = {}) =>
  client.callTool({ name, arguments: args });

describe('the official client', () => {
  it('initializes and pings over any instances', async () => {
    const seen: Seen[] = [];
    const { client, transport, errors } = await connect('sk_first', seen);
    expect(client.getServerVersion()).toMatchObject({ name: 'antiphon' });
    expect(client.getServerCapabilities()).toEqual({ tools: {} });
    expect(transport.protocolVersion).toBe(LATEST_PROTOCOL_VERSION);
    await client.ping();
    await client.ping();
    await expect.poll(() => seen.find(({ method }) => method === 'GET')?.status).toBe(405);
    await transport.terminateSession();
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', status: 405 });
    expect(errors).toEqual([]);
  });

  it('lists the tools page by page', async () => {
    const { client } = await connect();
    const names: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools({ cursor });
      names.push(page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(names).toEqual([
      ['break', 'echo'],
      ['key', 'refuse'],
      ['wait', 'wipe_all'],
    ]);
    await expect(client.listTools({ cursor: 'bm9wZSE' })).rejects.toMatchObject({ code: -32602 });
  });

  it('gets the parameters and annotations of a tool', async () => {
    const { client } = await connect();
    const { tools: page } = await client.listTools({ cursor: Buffer.from('wait').toString('base64url') });
    expect(page[0]).toEqual({
      name: 'wipe_all',
      title: 'Wipe all',
      description: 'Deletes everything.',
      inputSchema: expect.objectContaining({ type: 'object', properties: {} }) as unknown,
      annotations: { title: 'Wipe all', readOnlyHint: false, idempotentHint: true, destructiveHint: true },
    });
  });

  it('calls tools, and gets failures as results', async () => {
    const seen: Seen[] = [];
    const { client } = await connect('sk_first', seen);
    expect(await call(client, 'echo', { text: 'grün' })).toEqual({
      content: [{ type: 'text', text: 'grün' }],
      isError: false,
    });
    expect(seen.at(-1)?.type).toBe('text/event-stream');
    const failures = await Promise.all([
      call(client, 'refuse'),
      call(client, 'echo', { text: 1 }),
      call(client, 'break'),
    ]);
    expect(failures).toMatchObject([
      { isError: true, content: [{ text: 'there is no such page' }] },
      {
        isError: true,
        content: [{ text: expect.stringMatching(/^the arguments do not fit: text /) as string }],
      },
      { isError: true, content: [{ text: 'the tool failed' }] },
    ]);
    await expect(call(client, 'ecko')).rejects.toMatchObject({ code: -32602, message: /Unknown tool: ecko/ });
  });

  it('has the tools of its caller and no others', async () => {
    const { client } = await connect('sk_second');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo']);
    await expect(call(client, 'wipe_all')).rejects.toMatchObject({ code: -32602 });
    await expect(connect('sk_unknown')).rejects.toMatchObject({ code: 401 });
  });

  it('gets progress notifications in order', async () => {
    const { client, errors } = await connect();
    const heard: Progress[] = [];
    const running = nextCall();
    const result = client.callTool({ name: 'wait', arguments: { text: 'late' } }, CallToolResultSchema, {
      onprogress: (progress) => heard.push(progress),
    });
    const { letGo } = await running;
    await expect.poll(() => heard.length).toBeGreaterThan(3);
    letGo();
    expect(await result).toMatchObject({ content: [{ text: 'late' }] });
    expect(heard[0]).toMatchObject({ progress: 0, message: 'started' });
    expect(heard[1]).toMatchObject({ message: '1 of 3: halfway' });
    expect(heard.at(-1)).toMatchObject({ message: 'finished', total: heard.at(-1)?.progress });
    expect(heard.every(({ progress }, at) => at === 0 || progress > (heard[at - 1]?.progress ?? 0))).toBe(
      true,
    );
    expect(errors).toEqual([]);
  });

  it('cancels a call that runs at the other instance, and that one alone', async () => {
    const { client, errors } = await connect();
    const other = await connect();
    const aborter = new AbortController();
    let running = nextCall();
    const options = { signal: aborter.signal };
    const cancelled = client.callTool({ name: 'wait' }, CallToolResultSchema, options);
    const call1 = await running;
    running = nextCall();
    // Another client of the same caller, whose requests have the same numbers.
    const kept = other.client.callTool({ name: 'wait', arguments: { text: 'kept' } });
    const call2 = await running;
    aborter.abort('no longer needed');
    await expect(cancelled).rejects.toThrow('no longer needed');
    await call1.stopped;
    call2.letGo();
    expect(await kept).toMatchObject({ content: [{ text: 'kept' }] });
    await client.ping();
    expect(errors).toEqual([]);
  });

  it('ends a call by disconnecting', async () => {
    const { client } = await connect();
    const running = nextCall();
    const left = call(client, 'wait').catch(() => undefined);
    const { stopped } = await running;
    await client.close();
    await stopped;
    await left;
  });

  it('passes an idempotency key, which is separate for each caller', async () => {
    const ask = async (key: string, idempotencyKey?: string) => {
      const { client } = await connect(key);
      const result = await client.callTool({ name: 'key', _meta: { idempotencyKey } });
      return JSON.stringify(result.content);
    };
    const [one, same, other, none] = [
      await ask('sk_first', 'a'),
      await ask('sk_first', 'a'),
      await ask('sk_first', 'b'),
      await ask('sk_first'),
    ];
    expect(one).toBe(same);
    expect(new Set([one, other, none]).size).toBe(3);
  });
});

const accept = 'application/json, text/event-stream';

async function post(body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(`${here.url}/mcp`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', 'x-api-key': 'sk_first', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: signal ?? null,
  });
}

/** The status and the JSON of an answer, whose error is looked at here without its text. */
async function outcome(answer: Promise<Response>) {
  const { status, body } = await answer.then(async (reply) => ({
    status: reply.status,
    body: (await reply.json()) as { id: unknown; error?: { code: number } },
  }));
  return [status, body.id, body.error?.code];
}

const ping = { jsonrpc: '2.0', id: 7, method: 'ping' };
const request = (method: string, params?: unknown) => ({ jsonrpc: '2.0', id: 7, method, params });
const version = (protocolVersion: string) => ({ 'mcp-protocol-version': protocolVersion });

describe('the wire', () => {
  it.each([
    ['no JSON', '{"jsonrpc":', 400, null, -32700],
    ['nothing', '', 400, null, -32700],
    ['no JSON-RPC', { id: 7 }, 400, null, -32600],
    ['another JSON-RPC', { ...ping, jsonrpc: '1.0' }, 400, null, -32600],
    ['nesting without end', `${'['.repeat(30)}${']'.repeat(30)}`, 400, null, -32600],
    ['half a character', '{"jsonrpc":"2.0","id":7,"method":"\\ud800"}', 400, null, -32600],
    ['too much', JSON.stringify('x'.repeat(30_000)), 413, null, -32000],
    ['an unknown method', request('tools/steal'), 200, 7, -32601],
    ['what is not offered', request('resources/list'), 200, 7, -32601],
    ['a foreign cursor', request('tools/list', { cursor: '?' }), 200, 7, -32602],
    ['a cursor of the wrong type', request('tools/list', { cursor: 1 }), 200, 7, -32602],
    ['a greeting without words', request('initialize', {}), 200, 7, -32602],
  ])('answers %s as the protocol says', async (_what, body, ...expected) => {
    expect(await outcome(post(body))).toEqual(expected);
  });

  it('answers a call without a name as invalid', async () => {
    const text = await (await post(request('tools/call', { arguments: {} }))).text();
    expect(text).toContain('"code":-32602');
  });

  it('answers an internal error without its cause', async () => {
    const calls = Array.from({ length: limits.concurrencyMax }, () => nextCall());
    const aborter = new AbortController();
    const held = calls.map(() => post(request('tools/call', { name: 'wait' }), {}, aborter.signal));
    await Promise.all(calls);
    const text = await (await post(request('tools/call', { name: 'echo' }))).text();
    expect(text).toContain('"code":-32603');
    expect(text).toContain('too many tools are running');
    await Promise.all(held);
    aborter.abort();
    for (const { stopped } of await Promise.all(calls)) await stopped;
  });

  it('agrees on every supported version, and offers its newest otherwise', async () => {
    const greet = async (protocolVersion: string) => {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } };
      const answer = (await (await post(request('initialize', params))).json()) as {
        result: { protocolVersion: string };
      };
      return answer.result.protocolVersion;
    };
    for (const known of SUPPORTED_PROTOCOL_VERSIONS) expect(await greet(known)).toBe(known);
    expect(await greet('2001-01-01')).toBe(LATEST_PROTOCOL_VERSION);
    for (const known of SUPPORTED_PROTOCOL_VERSIONS)
      expect((await post(ping, version(known))).status).toBe(200);
    expect(await outcome(post(ping, version('2001-01-01')))).toEqual([400, null, -32000]);
  });

  it('accepts batches in the version that has them', async () => {
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const batch = [ping, cancel, { ...request('tools/list'), id: 'b' }];
    const answers = (await (await post(batch, version('2025-03-26'))).json()) as { id: unknown }[];
    expect(answers.map(({ id }) => id)).toEqual([7, 'b']);
    expect((await post([cancel])).status).toBe(202);
    expect(await outcome(post(batch, version('2025-06-18')))).toEqual([400, null, -32600]);
    expect(await outcome(post([]))).toEqual([400, null, -32600]);
    expect(await outcome(post([ping, ping]))).toEqual([400, null, -32600]);
    expect(await outcome(post([1, 2, 3, 4].map((id) => ({ ...ping, id }))))).toEqual([400, null, -32600]);
  });

  it('answers the rest of a batch when a part is cancelled', async () => {
    const running = nextCall();
    const session = { 'mcp-session-id': 'one' };
    const waits = { ...request('tools/call', { name: 'wait' }), id: 'w' };
    const answer = post([waits, ping], session);
    const { signal, stopped } = await running;
    const params = { requestId: 'w' };
    const cancel = (headers: Record<string, string>) =>
      post({ jsonrpc: '2.0', method: 'notifications/cancelled', params }, headers);
    await cancel({ 'mcp-session-id': 'two' });
    await cancel({ ...session, 'x-api-key': 'sk_second' });
    expect(signal.aborted).toBe(false);
    expect((await cancel(session)).status).toBe(202);
    await stopped;
    const text = await (await answer).text();
    expect(text).toContain('"id":7');
    expect(text).toMatch(/"id":"w","error":/);
  });

  it('ignores a request for a task and runs the call', async () => {
    const params = { name: 'echo', arguments: { text: 'hi' }, task: { ttl: 1 } };
    expect(await (await post(request('tools/call', params))).text()).toContain('"text":"hi"');
  });

  it.each(['GET', 'DELETE', 'PUT', 'PATCH'])('has no %s', async (method) => {
    const headers = { accept: 'text/event-stream', 'x-api-key': 'sk_first' };
    const answer = await fetch(`${here.url}/mcp/`, { method, headers });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32000 } });
  });

  it('requires a token', async () => {
    const answer = await post(ping, { 'x-api-key': 'sk_unknown' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toMatchObject({ error: { code: -32000, data: { code: 'unauthenticated' } } });
  });

  it.each([
    ['http://localhost:6274', 200],
    ['https://app.example.com', 200],
    ['https://evil.example.com', 403],
    ['http://localhost.evil.com', 403],
    ['http://127.0.0.1.nip.io:8000', 403],
    ['null', 403],
  ])('answers a page of %s with %i', async (origin, status) => {
    expect((await post(ping, { origin })).status).toBe(status);
  });

  it('refuses ambiguous requests', async () => {
    expect(await outcome(post(ping, { accept: 'application/json' }))).toEqual([406, null, -32000]);
    expect(await outcome(post(ping, { 'content-type': 'text/plain' }))).toEqual([415, null, -32000]);
    expect(await outcome(post(ping, { 'mcp-session-id': 'a b' }))).toEqual([400, null, -32600]);
  });

  it('names each session, and the request', async () => {
    const params = {
      protocolVersion: LATEST_PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    };
    const sessions = await Promise.all(
      [1, 2].map(async () => (await post(request('initialize', params))).headers),
    );
    const [one, two] = sessions.map((headers) => headers.get('mcp-session-id'));
    expect(one).toMatch(/^[\w-]{36}$/);
    expect(one).not.toBe(two);
    expect(sessions[0]?.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });
});

it('accepts a local caller without a token where the system allows it', async () => {
  const local = await startInstance(new MemoryBus(), { AUTH_ANONYMOUS: 'true' });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${local.url}/mcp`)));
  expect(await client.callTool({ name: 'echo', arguments: { text: 'hi' } })).toMatchObject({
    isError: false,
  });
  await client.close();
  await local.stop();
});
