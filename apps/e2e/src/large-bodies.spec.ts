import { once } from 'node:events';
import { afterAll, beforeAll, expect } from 'vitest';
import { WebSocket } from 'ws';
import type { AppProcess } from './system/app-process.ts';
import { scenario } from './scenario.ts';
import { query } from './system/database.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { access_token: token, user_id: userId } = await system.login();

/** The heap of the images. */
const smallHeap = { NODE_OPTIONS: '--max-old-space-size=384' };
const services: Record<string, AppProcess> = {};

beforeAll(async () => {
  for (const name of ['responses', 'llm', 'auth', 'mcp'] as const)
    services[name] = await system.startAnother(name, smallHeap);
});

afterAll(async () => {
  await Promise.all(Object.values(services).map((service) => service.stop()));
  // Specs that search the whole database come later.
  for (const table of ['responses', 'conversation_items'])
    await query(`delete from responses.${table} where user_id = $1`, [userId]);
});

const urlOf = (name: string) => services[name]?.url ?? '';
const repeated = (text: string, count: number) => Array.from({ length: count }, () => text).join(',');
const fields = (count: number) => Array.from({ length: count }, (_, index) => `"f${index}":1`).join(',');

interface Answer {
  status: number;
  text: string;
  ms: number;
}

async function post(url: string, body: string): Promise<Answer> {
  const startedMs = performance.now();
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    },
  });
  const text = await answer.text();
  return { status: answer.status, text, ms: performance.now() - startedMs };
}

/** Sends a body several times at once; every reply must be a short refusal, within a time that a blocked event loop would exceed. */
async function expectShortRefusals(service: string, path: string, body: string): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(`${urlOf(service)}${path}`, body)));
  for (const { status, text, ms } of answers) {
    const what = `${service} ${path} ${body.slice(0, 60)}: ${text.slice(0, 200)}`;
    expect([what, status >= 400 && status < 500, text.length < 8_000]).toEqual([what, true, true]);
    expect(ms, what).toBeLessThan(15_000);
  }
}

const small = '"model":"gpt-scripted","input":"x"';

/** By service and path: bodies over the limits, and the largest within them. */
const bodies: [service: string, path: string, body: string][] = [
  ['responses', '/v1/responses', `{${small},"include":[${repeated('"x"', 1_000_000)}]}`],
  ['responses', '/v1/responses', `{${small},"include":[${repeated('"x"', 19_000)}]}`],
  ['responses', '/v1/responses', `{${small},"metadata":{${fields(600_000)}}}`],
  ['responses', '/v1/responses', `{${small},"metadata":{${fields(4_000)}}}`],
  ['responses', '/v1/responses', `{"model":"gpt-scripted","input":[${repeated('{"role":"x"}', 19_000)}]}`],
  ['responses', '/v1/responses', `{"model":"gpt-scripted","input":[${repeated('[[[[]]]]', 900_000)}]}`],
  ['responses', '/v1/responses', `{"model":"gpt-scripted","input":"x","${'k'.repeat(4_000_000)}":1}`],
  ['responses', '/v1/responses/input_tokens', `{${small},"include":[${repeated('7', 3_000_000)}]}`],
  ['responses', '/v1/conversations', `{"metadata":{${fields(600_000)}}}`],
  ['responses', '/v1/prompts', `{"id":"p","tags":[${repeated('7', 1_000_000)}]}`],
  [
    'responses',
    '/v1/prompts',
    `{"id":"p","name":"p","model":"m","messages":[],"tags":[${repeated('7', 19_000)}]}`,
  ],
  ['responses', '/v1/webhook_endpoints', `{"url":"x","event_types":[${repeated('7', 1_000_000)}]}`],
  ['responses', '/v1/webhook_endpoints', `{"url":"x","event_types":[${repeated('7', 19_000)}]}`],
  ['responses', '/api/v1/responses', `{"input":"x",${fields(600_000)}}`],
  ['responses', '/api/v1/responses', `{"input":"x",${fields(4_000)}}`],
  ['responses', '/responses/v1/responses', `{"model":"m","input":[${repeated('{"content":7}', 500_000)}]}`],
  ['responses', '/codex/v1/responses', `{"model":"m","input":[${repeated('{"content":7}', 19_000)}]}`],
  ['llm', '/v1/chat/completions', `{"model":"gpt-scripted","messages":[${repeated('{}', 1_500_000)}]}`],
  ['llm', '/v1/chat/completions', `{"model":"gpt-scripted","messages":[${repeated('{}', 19_000)}]}`],
  [
    'llm',
    '/v1/chat/completions',
    `{"model":"gpt-scripted","messages":[${repeated(`{"role":"user","content":[${repeated('{}', 9)}]}`, 14_000)}]}`,
  ],
  ['llm', '/v1/embeddings', `{"model":"m","input":[${repeated('-1', 1_500_000)}]}`],
  ['llm', '/v1/embeddings', `{"model":"m","input":[${repeated(`[${repeated('-1', 1_900)}]`, 100)}]}`],
  ['auth', '/auth/refresh-token', `{${fields(600_000)}}`],
  ['auth', '/auth/api-keys', `{"name":[${repeated('"x"', 1_000_000)}]}`],
  ['mcp', '/v1/mcp/servers', `{${fields(600_000)}}`],
  ['mcp', '/v1/mcp/servers', `{"label":"x","allowed_tools":[${repeated('7', 19_000)}],${fields(4_000)}}`],
  ['mcp', '/mcp', `[${repeated('{}', 1_500_000)}]`],
  ['mcp', '/mcp', `{"jsonrpc":"2.0","method":"tools/call","params":{${fields(600_000)}},"id":1}`],
];

scenario(
  'entry-body-counts',
  'no request body can crash a service',
  async () => {
    const pids = Object.values(services).map(({ pid }) => pid);
    for (const [service, path, body] of bodies) await expectShortRefusals(service, path, body);
    for (const [name, service] of Object.entries(services))
      expect([name, (await fetch(`${service.url}/healthz`)).status]).toEqual([name, 200]);
    expect(Object.values(services).map(({ pid }) => pid)).toEqual(pids);
    const { status } = await post(`${urlOf('responses')}/v1/responses`, `{${small}}`);
    expect(status).toBe(200);
  },
  120_000,
);

scenario('entry-body-counts', 'no WebSocket message can crash a service', async () => {
  const socket = new WebSocket(`${urlOf('responses').replace('http', 'ws')}/v1/responses`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await once(socket, 'open');
  for (const body of [`"include":[${repeated('"x"', 1_000_000)}]`, fields(600_000)]) {
    socket.send(`{"type":"response.create",${small},${body}}`);
    const [message] = (await once(socket, 'message')) as [Buffer];
    expect(message.length).toBeLessThan(2_000);
    expect(JSON.parse(message.toString())).toMatchObject({ type: 'error', status: 400 });
  }
  socket.send(`{"type":"response.create",${small}}`);
  const [message] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(message.toString())).toMatchObject({ type: 'response.created' });
  socket.close();
});

scenario(
  'entry-bodies-at-once',
  'many large concurrent requests of one caller crash no service, and others are answered meanwhile',
  async () => {
    const pids = Object.values(services).map(({ pid }) => pid);
    const image_url = `data:image/png;base64,${'A'.repeat(6_600_000)}`;
    // All are stored: together they stay within the bytes that a guest may store, because each input is stored once.
    const body = (text: string) => {
      const content = [
        { type: 'input_text', text },
        { type: 'input_image', image_url },
      ];
      return JSON.stringify({ model: 'gpt-scripted', input: [{ role: 'user', content }] });
    };
    const url = `${urlOf('responses')}/v1/responses`;
    const large = Array.from({ length: 40 }, (_, index) => post(url, body(`Picture ${index}`)));
    expect((await post(url, `{${small}}`)).status).toBe(200);
    const statuses = (await Promise.all(large)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 429 && status !== 503)).toEqual([]);
    expect(statuses).toContain(200);
    for (const [name, service] of Object.entries(services))
      expect([name, (await fetch(`${service.url}/healthz`)).status]).toEqual([name, 200]);
    expect(Object.values(services).map(({ pid }) => pid)).toEqual(pids);
  },
  120_000,
);

scenario('entry-body-room', 'a long conversation and a large image are within the limits', async () => {
  const url = `${urlOf('responses')}/v1/responses`;
  const item = (text: string) => ({
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text, annotations: [] }],
  });
  const items = Array.from({ length: 3_000 }, (_, index) => item(`Message ${index}`));
  const long = await post(url, JSON.stringify({ model: 'gpt-scripted', input: items, store: false }));
  expect([long.status, long.text.slice(0, 200)]).toEqual([200, expect.anything()]);
  const image_url = `data:image/png;base64,${'A'.repeat(6_600_000)}`;
  const picture = { role: 'user', content: [{ type: 'input_image', image_url }] };
  const large = await post(url, JSON.stringify({ model: 'gpt-scripted', input: [picture], store: false }));
  expect([large.status, large.text.slice(0, 200)]).toEqual([200, expect.anything()]);
});
