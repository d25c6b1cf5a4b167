import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScriptedProvider, text, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import { scenario } from './scenario.ts';
import type { AppProcess } from './system/app-process.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const folder = mkdtempSync(join(tmpdir(), 'antiphon-e2e-providers-'));
const file = join(folder, 'providers.yml');

/** The variables of an llm service whose providers are those of the file alone. */
const environment = {
  LLM_PROVIDERS_FILE: file,
  OPENAI_BASE_URL: '',
  OPENAI_API_KEY: '',
  AUTH_ANONYMOUS: 'true',
  KEY_OF_RED: 'red-key',
};

let red: ScriptedProvider;
let blue: ScriptedProvider;
let llm: AppProcess;
let client: OpenAI;

const entries = (more = '') => `providers:
  - name: red
    preset: openai_compatible
    base_url: "${red.baseUrl}"
    api_key: "\${KEY_OF_RED}"
    prices: { small: { input: 5, output: 20 } }
  - name: blue
    preset: vllm
    base_url: "${blue.baseUrl}"
    models: [small]
    facts: { small: { context_window: 32000, max_output_tokens: 4000, tools: true, vision: false } }
    prices: { small: { input: 0.25, output: 2, cached_input: 0 } }
${more}`;

beforeAll(async () => {
  [red, blue] = await Promise.all([
    ScriptedProvider.start(() => [text('I am red.')]),
    ScriptedProvider.start(() => [text('I am blue.')]),
  ]);
  red.models = ['small', 'large'];
  const cheap = 'cheap: { route: [red/small, blue/small], select: lowest_price }';
  writeFileSync(file, entries(`models: { quick: blue/small, ${cheap} }\n`));
  llm = await system.startAnother('llm', environment);
  client = new OpenAI({ baseURL: `${llm.url}/v1`, apiKey: 'EMPTY', maxRetries: 0, logLevel: 'off' });
});

afterAll(async () => {
  await llm.stop();
  await Promise.all([red.stop(), blue.stop()]);
  rmSync(folder, { recursive: true });
});

async function answerOf(model: string): Promise<string | null | undefined> {
  const messages = [{ role: 'user' as const, content: 'Who are you?' }];
  const completion = await client.chat.completions.create({ model, messages });
  return completion.choices[0]?.message.content;
}

scenario('provider-file', 'two providers of a file are reached by their prefixes', async () => {
  const listed = [];
  for await (const { id, owned_by: owner } of client.models.list()) listed.push([id, owner]);
  expect(listed).toEqual([
    ['red/small', 'red'],
    ['red/large', 'red'],
    ['blue/small', 'blue'],
    ['quick', 'blue'],
    ['cheap', 'red'],
  ]);
  expect(await answerOf('red/small')).toBe('I am red.');
  expect(await answerOf('blue/small')).toBe('I am blue.');
  expect((await red.call(0)).headers.authorization).toBe('Bearer red-key');
  expect((await blue.call(0)).body.model).toBe('small');
  expect(await answerOf('large')).toBe('I am red.');
  expect(['I am red.', 'I am blue.']).toContain(await answerOf('small'));
  expect(await answerOf('quick')).toBe('I am blue.');
  await expect(answerOf('blue/large')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

scenario(
  'provider-models',
  'models and names of the operator are listed with what is known of them',
  async () => {
    const known = {
      object: 'model',
      owned_by: 'blue',
      context_window: 32_000,
      max_output_tokens: 4_000,
      capabilities: { tools: true, vision: false },
      pricing: { input: '0.00000025', output: '0.000002', input_cache_read: '0' },
    };
    const listed = (await client.models.list()).data;
    expect(listed.filter(({ owned_by: owner }) => owner === 'blue')).toEqual([
      { id: 'blue/small', created: 0, ...known },
      { id: 'quick', created: 0, ...known },
    ]);
    expect(await client.models.retrieve('blue/small')).toEqual({ id: 'blue/small', created: 0, ...known });
    expect(await client.models.retrieve('quick')).toMatchObject({ id: 'quick', ...known });
    expect(Object.keys(await client.models.retrieve('red/large'))).toEqual([
      'id',
      'object',
      'created',
      'owned_by',
    ]);
  },
);

scenario('provider-models', 'a route by price goes to the cheapest model', async () => {
  for (let turn = 0; turn < 3; turn++) expect(await answerOf('cheap')).toBe('I am blue.');
});

scenario('provider-file', 'a wrong file stops the start, with the path of each wrong value', async () => {
  const wrong = join(folder, 'wrong.yml');
  writeFileSync(wrong, 'providers:\n  - { name: red, preset: groq, timeouts: { silence: long } }\n');
  const start = system.startAnother('llm', { ...environment, LLM_PROVIDERS_FILE: wrong });
  await expect(start).rejects.toThrow('line 2: providers.0.timeouts.silence: must be a duration');
  writeFileSync(wrong, 'providers:\n  - { name: red, preset: groq, api_key: "${KEY_OF_NONE}" }\n');
  const again = system.startAnother('llm', { ...environment, LLM_PROVIDERS_FILE: wrong });
  await expect(again).rejects.toThrow('providers.0.api_key: the variable KEY_OF_NONE must be set');
});

scenario('provider-file', 'a wrong change is refused, and a right one takes effect', async () => {
  writeFileSync(file, entries('models: { quick: green/small }\n'));
  await llm.says(/the changed providers file is refused/);
  expect(await answerOf('quick')).toBe('I am blue.');

  writeFileSync(file, entries('models: { quick: red/large }\n'));
  await llm.says(/the providers file was read again/);
  expect(await answerOf('quick')).toBe('I am red.');
});

scenario(
  'provider-file',
  'a removed provider finishes its answers under way, and gets no new ones',
  async () => {
    const first = red.calls.length;
    const gate = Promise.withResolvers<void>();
    red.script = () => [text('I am '), wait(gate.promise), text('still red.')];
    const messages = [{ role: 'user' as const, content: 'Who are you?' }];
    const stream = await client.chat.completions.create({ model: 'red/large', messages, stream: true });
    const whole = client.chat.completions.create({ model: 'red/large', messages });
    const answered = stream[Symbol.asyncIterator]();
    let said = '';
    const readOn = async (): Promise<boolean> => {
      const next = await answered.next();
      if (next.done === true) return false;
      said += next.value.choices[0]?.delta.content ?? '';
      return true;
    };
    while (said !== 'I am ') await readOn();
    await red.call(first + 1);

    const [, kept] = entries().split(/(?=  - name: blue)/);
    writeFileSync(file, `providers:\n${kept}`);
    const listed = async () => (await client.models.list()).data.map(({ id }) => id);
    await expect.poll(listed).toEqual(['small']);
    const before = red.calls.length;
    await expect(answerOf('red/large')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    expect(await answerOf('small')).toBe('I am blue.');

    gate.resolve();
    while (await readOn());
    expect(said).toBe('I am still red.');
    expect((await whole).choices[0]?.message.content).toBe('I am still red.');
    expect(red.calls).toHaveLength(before);
  },
);
