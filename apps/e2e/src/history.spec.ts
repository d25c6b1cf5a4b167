import { wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { AppProcess } from './system/app-process.ts';
import { query } from './system/database.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const login = await system.login();
const model = 'gpt-scripted';
const authorized = { authorization: `Bearer ${login.access_token}`, 'content-type': 'application/json' };

/** The most that one request may have. */
const largeCharacters = 7_600_000;
const largeCount = 30;

/** A process with the heap size of the image. */
let service: AppProcess;
let client: OpenAI;
beforeAll(async () => {
  service = await system.startAnother('responses', { NODE_OPTIONS: '--max-old-space-size=384' });
  client = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: login.access_token, maxRetries: 0 });
});
afterAll(async () => {
  await service.stop();
  // Specs that search the whole database come later.
  for (const table of ['responses', 'conversation_items'])
    await query(`delete from responses.${table} where user_id = $1`, [login.user_id]);
});

const largeItem = (id: string) => ({
  type: 'message',
  id,
  role: 'user',
  content: [{ type: 'text', text: '@' }],
  status: 'completed',
});

/** Inserts a conversation with items of the largest size, as requests would store them. */
async function largeConversation(): Promise<string> {
  const { id } = await client.conversations.create({});
  await query(
    `insert into responses.conversation_items (user_id, conversation_id, item_id, item)
     select $1, $2, 'msg_' || n, replace(replace($3, '#', n::text), '@', repeat('x', $4))::jsonb
       from generate_series(1, $5) as n`,
    [login.user_id, id, JSON.stringify(largeItem('msg_#')), largeCharacters, largeCount],
  );
  return id;
}

/** Inserts a chain of responses, each with an input of the largest size. Returns the last one. */
async function largeChain(): Promise<string> {
  const first = await client.responses.create({ model, input: 'Begin.' });
  const idOf = (n: string) => `'${first.id.slice(0, -4)}' || lpad((${n})::text, 4, '0')`;
  await query(
    `insert into responses.responses (id, user_id, tenant_id, status, background, previous_response_id, body, created_at)
     select ${idOf('n')}, user_id, tenant_id, status, background, case when n > 1 then ${idOf('n - 1')} end,
            jsonb_set(body, '{input,0,content,0,text}', to_jsonb(repeat('x', $2))), created_at + n * interval '1 ms'
       from responses.responses, generate_series(1, $3) as n where id = $1`,
    [first.id, largeCharacters, largeCount],
  );
  return `${first.id.slice(0, -4)}${String(largeCount).padStart(4, '0')}`;
}

const post = (path: string, body: unknown) =>
  fetch(`${service.url}${path}`, { method: 'POST', headers: authorized, body: JSON.stringify(body) });
const isAlive = async () => (await fetch(`${service.url}/healthz`)).ok;

describe('a history larger than the limit of a context', () => {
  scenario(
    'history-bounded',
    'is refused before it is loaded, or loaded in part, and listed in pages',
    async () => {
      const pid = service.pid;
      const conversation = await largeConversation();
      const last = await largeChain();

      const tooLong = { status: 400, code: 'context_length_exceeded', type: 'invalid_request_error' };
      const create = { model, input: 'Go on.' };
      await expect(client.responses.create({ ...create, conversation })).rejects.toMatchObject(tooLong);
      await expect(client.responses.create({ ...create, conversation, stream: true })).rejects.toMatchObject(
        tooLong,
      );
      await expect(
        client.responses.create({ ...create, conversation, background: true }),
      ).rejects.toMatchObject(tooLong);
      await expect(client.responses.create({ ...create, previous_response_id: last })).rejects.toMatchObject(
        tooLong,
      );
      await expect(client.responses.inputTokens.count({ ...create, conversation })).rejects.toMatchObject(
        tooLong,
      );

      // With truncation only the newest part is loaded, many at once, while other requests run.
      system.provider.script = () => [wait(300)];
      const cut = await Promise.all(
        Array.from({ length: 8 }, () =>
          post('/responses/v1/responses', { model, input: 'Go on.', previous_response_id: last }),
        ),
      );
      expect(new Set(cut.map(({ status }) => status))).not.toContain(500);
      await Promise.all(cut.map((answer) => answer.arrayBuffer()));

      const ids: (string | undefined)[] = [];
      for await (const item of client.conversations.items.list(conversation, { limit: 100, order: 'asc' }))
        ids.push(item.id);
      expect(ids).toEqual(Array.from({ length: largeCount }, (_, i) => `msg_${i + 1}`));

      const list = await fetch(`${service.url}/v1/responses?limit=100`, { headers: authorized });
      expect(await list.json()).toMatchObject({ has_more: true });
      const inputs = await client.responses.inputItems.list(last, { limit: 100 });
      expect(inputs.data.length).toBeGreaterThan(0);
      const turns = await fetch(`${service.url}/api/v1/conversations/${conversation}`, {
        headers: authorized,
      });
      expect(turns.status).toBe(200);
      const references = Array.from({ length: largeCount }, (_, i) => ({
        type: 'item_reference' as const,
        id: `msg_${i + 1}`,
      }));
      await expect(client.responses.create({ model, input: references })).rejects.toMatchObject(tooLong);

      expect(await isAlive()).toBe(true);
      expect(service.pid).toBe(pid);
    },
    120_000,
  );
});
