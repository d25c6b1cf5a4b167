import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  LATEST_PROTOCOL_VERSION,
  type Progress,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nextCall, startInstances } from '../testing/endpoint-instances.ts';

const [here, there] = await startInstances();

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
  onTestFinished(() => client.close());
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
