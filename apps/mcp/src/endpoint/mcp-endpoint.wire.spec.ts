import { MemoryBus } from '@antiphon/service-kit/testing';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { limits, nextCall, startInstance, startInstances } from '../testing/endpoint-instances.ts';

const [here] = await startInstances();

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
