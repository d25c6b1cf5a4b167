import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cut, fail, ScriptedProvider, text } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const folder = mkdtempSync(join(tmpdir(), 'antiphon-e2e-routing-'));
const file = join(folder, 'providers.yml');

let red: ScriptedProvider;
let blue: ScriptedProvider;
let client: OpenAI;

beforeAll(async () => {
  [red, blue] = await Promise.all([ScriptedProvider.start(), ScriptedProvider.start()]);
  writeFileSync(
    file,
    `providers:
  - { name: red, preset: openai_compatible, base_url: "${red.baseUrl}" }
  - { name: blue, preset: openai_compatible, base_url: "${blue.baseUrl}" }
models:
  smart: { route: [red/scripted-model, blue/scripted-model], select: order }
`,
  );
  await system.restart('llm', {
    LLM_PROVIDERS_FILE: file,
    OPENAI_BASE_URL: '',
    OPENAI_API_KEY: '',
    ...system.limits({
      providers: { breaker_failures_min: 100, rate_limit_cooldown: '1ms', account_cooldown: '1ms' },
    }),
  });
  client = new OpenAI({
    baseURL: `${system.url}/v1`,
    apiKey: await system.token(),
    maxRetries: 0,
    logLevel: 'off',
  });
});

beforeEach(() => {
  red.script = () => [text('I am red.')];
  blue.script = () => [text('I am blue.')];
});

afterAll(async () => {
  await system.restart('llm');
  await Promise.all([red.stop(), blue.stop()]);
  rmSync(folder, { recursive: true });
});

const messages = [{ role: 'user' as const, content: 'Who are you?' }];
const asked = { model: 'smart', input: 'Who are you?' };

scenario(
  'provider-fallback',
  'a failed attempt goes on to the next provider, which the answer names',
  async () => {
    const well = await client.responses.create(asked).withResponse();
    expect(well.data.output_text).toBe('I am red.');
    expect(well.response.headers.get('x-model-provider')).toBe('red');
    for (const status of [429, 500, 401]) {
      red.script = () => [fail(status)];
      const created = await client.responses.create(asked).withResponse();
      expect(created.data).toMatchObject({ status: 'completed', output_text: 'I am blue.' });
      expect(created.response.headers.get('x-model-provider')).toBe('blue');
      expect(created.data).toMatchObject({ provider: 'blue' });
      // The record of the turn is stored with the response.
      const later = await client.responses.retrieve(created.data.id).withResponse();
      expect(later.data).toEqual(created.data);
      expect(later.response.headers.get('x-model-provider')).toBe('blue');
      expect(later.response.headers.get('x-model-used')).toBe('scripted-model');
      const completed = await client.chat.completions.create({ model: 'smart', messages }).withResponse();
      expect(completed.data.choices[0]?.message.content).toBe('I am blue.');
      expect(completed.response.headers.get('x-model-provider')).toBe('blue');
    }
  },
);

scenario('provider-fallback', 'a refused request ends at the first provider', async () => {
  const before = blue.calls.length;
  red.script = () => [fail(400, { message: 'temperature is too high' })];
  await expect(client.chat.completions.create({ model: 'smart', messages })).rejects.toMatchObject({
    status: 400,
  });
  expect(blue.calls).toHaveLength(before);
});

scenario(
  'provider-fallback',
  'an answer that breaks off is repeated elsewhere unless a client read it',
  async () => {
    red.script = () => [text('I am r'), cut()];
    expect((await client.responses.create(asked)).output_text).toBe('I am blue.');
    const completed = await client.chat.completions.create({ model: 'smart', messages });
    expect(completed.choices[0]?.message.content).toBe('I am blue.');

    let read = '';
    const readAll = async () => {
      for await (const event of await client.responses.create({ ...asked, stream: true }))
        if (event.type === 'response.output_text.delta') read += event.delta;
    };
    await expect(readAll()).rejects.toThrow('The connection to the provider red broke');
    expect(read).toBe('I am r');
  },
);

scenario('provider-admin', 'administrators see providers and switch them', async () => {
  const { user_id: id, access_token: guest } = await system.login();
  const made = await system.admin('key', id, '--name', 'ops', '--scopes', 'admin');
  const { key } = JSON.parse(made.output) as { key: string };
  const request = async (path: string, token: string, body?: object) => {
    const answer = await fetch(`${system.url}/llm/v1/admin/providers${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  expect((await request('', guest)).status).toBe(403);
  expect((await request('/red', guest, { enabled: false })).status).toBe(403);
  expect(await request('', key)).toMatchObject({
    status: 200,
    body: {
      data: [
        { name: 'red', enabled: true },
        { name: 'blue', enabled: true, health: 'ok' },
      ],
    },
  });
  expect((await request('/red', key, { enabled: 'no' })).status).toBe(400);
  expect((await request('/green', key, { enabled: false })).status).toBe(404);
  expect(await request('/red', key, { enabled: false })).toMatchObject({
    status: 200,
    body: { enabled: false },
  });
  expect((await client.responses.create(asked)).output_text).toBe('I am blue.');
  await expect(
    client.chat.completions.create({ model: 'red/scripted-model', messages }),
  ).rejects.toMatchObject({ status: 503 });
  const listed = async () => (await client.models.list()).data.map(({ id }) => id);
  expect(await listed()).toEqual(['blue/scripted-model', 'smart']);
  expect((await request('/red', key, { enabled: true })).status).toBe(200);
  expect((await client.responses.create(asked)).output_text).toBe('I am red.');
});
