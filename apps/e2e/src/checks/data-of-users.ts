import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'vitest';
import { JanClient } from '../clients/jan-client.ts';
import { query } from '../system/database.ts';
import type { System } from '../system/system.ts';

/** A client of `/mcp` with a caller's token. */
export async function mcpClient(system: System, token: string): Promise<Client> {
  const mcp = new Client({ name: 'e2e', version: '1' });
  await mcp.connect(
    new StreamableHTTPClientTransport(new URL(`${system.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  return mcp;
}

/** Stores a response, a conversation, a document, an MCP server, a webhook endpoint, a prompt, a file, a vector store with it and a container of a caller. */
export async function leaveData(system: System, token: string): Promise<void> {
  const theirs = new JanClient(system.url, token);
  await theirs.create({ input: 'Hello', conversation: await theirs.newConversation() });
  const mcp = await mcpClient(system, token);
  await mcp.callTool({
    name: 'file_search_index',
    arguments: { document_id: 'a', text: 'The oldest tree.' },
  });
  await mcp.close();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = (path: string, body: unknown) =>
    fetch(`${system.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const file = await fetch(`${system.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: headers.authorization },
    body: fileForm(),
  });
  const { id } = (await file.json()) as { id: string };
  const answers = [
    await post('/v1/mcp/servers', { label: 'mine', url: `${system.web.url}/mcp` }),
    await post('/v1/webhook_endpoints', { url: system.receiver.at('gone') }),
    await post('/v1/prompts', { name: 'Mine', model: 'jan-v2-30b' }),
    await post('/v1/vector_stores', { name: 'Mine', file_ids: [id] }),
    await post('/v1/containers', { name: 'mine' }),
  ];
  expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
}

function fileForm(): FormData {
  const form = new FormData();
  form.append('purpose', 'user_data');
  form.append('file', new File(['The oldest tree.'], 'tree.txt'));
  return form;
}

/** Counts the rows of each table with data of users. The rows of the outbox are left out: the relay removes them. */
export async function rowsOf(userId: string): Promise<Record<string, number>> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema in ('auth', 'mcp', 'responses') and table_name <> 'outbox'`,
  );
  const counted = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*)::int as count from ${name} t where strpos(t::text, $1) > 0`,
  );
  const counts = await query<{ name: string; count: number }>(counted.join(' union all '), [userId]);
  return Object.fromEntries(counts.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]));
}
