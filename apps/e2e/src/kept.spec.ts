import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { surroundings } from './system/surroundings.ts';
import { query } from './system/database.ts';
import type { JanResponse } from './clients/jan-client.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider, receiver } = system;
const jan = await system.jan();
const bases = { jan: '/responses/v1/responses', openai: '/v1/responses' };
const model = 'jan-v2-30b';
const tools = { jan: undefined, openai: [{ type: 'mcp', server_label: 'antiphon' }] };

/** Returns the tables with a text in any row and column of any type. */
async function tablesWith(part: string): Promise<string[]> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.length).toBeGreaterThan(8);
  const holding = tables.map(
    ({ name }) =>
      `select '${name}' as name where exists (select from ${name} as t where strpos(t::text, $1) > 0)`,
  );
  const found = await query<{ name: string }>(holding.join(' union all '), [part]);
  return found.map(({ name }) => name);
}

const { folder, logFolder } = surroundings();
const folders = { logs: logFolder, JetStream: join(folder, 'nats') };

/** Returns the files of the services' logs and of JetStream that contain a text. */
function filesWith(part: string): string[] {
  return Object.entries(folders).flatMap(([what, root]) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(part))
      .map((entry) => `${what}: ${entry.name}`),
  );
}

/** Every part of a run is marked: input, reasoning, tool arguments and answer. */
function markedRun(dialect: keyof typeof bases, marker: string) {
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0
      ? [text(`Let me see ${marker}`), toolCall('google_search', { q: `${marker} query` })]
      : [text(`The answer ${marker}.`)];
  const metadata = { note: marker };
  const instructions =
    dialect === 'jan' ? { system_prompt: `Be ${marker}` } : { instructions: `Be ${marker}` };
  return { model, input: `Find ${marker}`, metadata, tools: tools[dialect], ...instructions };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  jan.request('POST', path, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

let markerCount = 0;
const newMarker = () => `marked${Date.now()}x${markerCount++}`;

describe.each(['jan', 'openai'] as const)('%s', (dialect) => {
  scenario('nothing-stored', 'leaves nothing in the database with store: false', async () => {
    for (const stream of [false, true]) {
      const marker = newMarker();
      const body = { ...markedRun(dialect, marker), store: false, stream };
      const { status, text: answer } = await post(bases[dialect], body, {
        'idempotency-key': crypto.randomUUID(),
      });
      expect([status, answer.includes(`The answer ${marker}`) || stream]).toEqual([200, true]);
      expect(await tablesWith(marker)).toEqual([]);
      expect(filesWith(marker)).toEqual([]);
    }
  });

  scenario('nothing-stored', 'leaves no data of an aborted run either', async () => {
    const marker = newMarker();
    const body = { ...markedRun(dialect, marker), store: false, stream: true };
    provider.script = () => [text(`Half ${marker}`), wait(new Promise(() => {}))];
    const asked = provider.call(provider.calls.length);
    const gone = new AbortController();
    const answer = await fetch(`${system.url}${bases[dialect]}`, {
      method: 'POST',
      headers: { ...jan.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: gone.signal,
    });
    const call = await asked;
    const isHeard = async () => {
      for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? [])
        if (piece.includes(`Half ${marker}`)) return true;
      return false;
    };
    expect(await isHeard()).toBe(true);
    gone.abort();
    await call.closed;
    expect(await tablesWith(marker)).toEqual([]);
    expect(filesWith(marker)).toEqual([]);
  });

  scenario('delete-removes-all', 'removes everything of a background run with DELETE', async () => {
    const marker = newMarker();
    const run = markedRun(dialect, marker);
    const metadata = { ...run.metadata, webhook_url: receiver.at(`removed-${marker}`) };
    const conversation = await jan.newConversation();
    const body = { ...run, metadata, conversation, background: true, stream: dialect === 'openai' };
    const { headers, body: created } = await post(bases[dialect], body, {
      'idempotency-key': crypto.randomUUID(),
    });
    const id = headers.get('x-response-id') ?? created.id;
    await jan.settled(id);
    const held = await tablesWith(marker);
    expect(held).toEqual(expect.arrayContaining(['responses.responses', 'responses.conversation_items']));
    expect(held).toContain(
      dialect === 'openai' ? 'responses.response_events' : 'responses.webhook_deliveries',
    );
    // Other tables may keep its id only.
    await expect.poll(() => filesWith(id).map((file) => file.split(':')[0])).toContain('JetStream');
    expect(filesWith(marker)).toEqual([]);
    expect((await jan.delete(id)).status).toBe(204);
    expect(await tablesWith(marker)).toEqual([]);
  });
});

scenario(
  'delete-removes-all',
  'removes the decisions of a run, and its entry in the answer cache',
  async () => {
    const marker = newMarker();
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [toolCall('put_http_requests', { url: `${system.web.url}/${marker}` }, { id: 'call_0' })]
        : [text(`Done ${marker}`)];
    const base = '/api/v1/responses';
    const asked = await post(base, { model: 'openai/gpt-scripted', input: `Put ${marker}`, stream: 'off' });
    const { id, conversation_id } = asked.body as unknown as { id: string; conversation_id: string };
    const decision = { type: 'tool_decision', tool_call_id: 'call_0', decision: 'feedback', message: marker };
    const decided = await post(base, { input: [decision], conversation_id, stream: 'off' });
    expect([asked.status, decided.status]).toEqual([200, 200]);
    expect(await tablesWith(marker)).toEqual(
      expect.arrayContaining(['responses.responses', 'responses.tool_decisions']),
    );
    expect(filesWith(marker)).toEqual([]);
    expect((await jan.delete(id)).status).toBe(204);
    expect(await tablesWith(marker)).toEqual([]);
  },
);

scenario('delete-removes-all', 'removes the items of a conversation with it', async () => {
  const marker = newMarker();
  const item = { type: 'message', role: 'user', content: `Keep ${marker}` };
  const made = await post('/v1/conversations', { items: [item], metadata: { note: marker } });
  const run = { ...markedRun('openai', marker), conversation: made.body.id };
  expect((await post(bases.openai, { ...run, store: false })).status).toBe(200);
  expect(await tablesWith(marker)).toEqual(
    expect.arrayContaining(['responses.conversations', 'responses.conversation_items']),
  );
  expect((await jan.request('DELETE', `/v1/conversations/${made.body.id}`)).status).toBe(200);
  expect(await tablesWith(marker)).toEqual([]);
});

scenario('retention', 'removes responses that exceed their retention', async () => {
  const { id } = (await jan.create({ input: 'Hello' })).body;
  const running: JanResponse[] = [];
  provider.script = () => [text('Half'), wait(new Promise(() => {}))];
  running.push((await jan.create({ input: 'Hello', background: true })).body);
  await jan.until(running[0]?.id ?? '', 'in_progress');
  await system.restart('worker', { RESPONSE_RETENTION: '10ms' });
  await expect.poll(async () => (await jan.get(id)).status).toBe(404);
  expect((await jan.get(running[0]?.id ?? '')).body.status).toBe('in_progress');
  await jan.cancel(running[0]?.id ?? '');
  await system.restart('worker');
});
