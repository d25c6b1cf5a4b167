import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelDelta } from '@antiphon/contracts';
import { Egress } from '@antiphon/service-kit';
import { ScriptedProvider, text, wait } from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { answerTo } from './__fixtures__/answer-to.ts';
import { modelRequest } from './__fixtures__/model-request.ts';
import { createProviderSet } from './create-providers.ts';
import type { Provider } from './provider.ts';
import type { ProviderSet } from './provider-set.ts';

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'antiphon-providers-'));
const path = join(folder, 'providers.yml');

let one: ScriptedProvider;
let two: ScriptedProvider;
let egress: Egress;
let set: ProviderSet;
let lines: { level: string; line: object; message: string }[];

const entry = (name: string, { baseUrl }: ScriptedProvider, more = '') =>
  `  - { name: ${name}, preset: openai_compatible, base_url: "${baseUrl}", api_key: "key-of-${name}"${more} }\n`;
const write = (...entries: string[]) => writeFileSync(path, `providers:\n${entries.join('')}`);

beforeEach(async () => {
  [one, two] = await Promise.all([ScriptedProvider.start(), ScriptedProvider.start()]);
  write(entry('one', one), entry('two', two));
  const config = loadConfig({ LLM_PROVIDERS_FILE: path });
  egress = new Egress(config.egress, 'links');
  lines = [];
  const log = (level: string) => (line: object, message: string) => void lines.push({ level, line, message });
  const logger = { info: log('info'), warn: log('warn'), error: log('error') };
  set = await createProviderSet(config, egress, logger as Parameters<typeof createProviderSet>[2]);
});

afterEach(async () => {
  await set.onApplicationShutdown();
  await Promise.all([one.stop(), two.stop(), egress.close()]);
  rmSync(path, { force: true });
});

const named = (name: string): Provider => {
  const provider = set.current.providers.find((candidate) => candidate.name === name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
};

const ask = (provider: Provider) => answerTo(provider, modelRequest('Hi'));

const loggedAt = (level: string) => lines.filter((line) => line.level === level);
/** Waits for a change that the watched file causes. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

it('reaches each provider of the file with its own key', async () => {
  for (const [name, server] of [
    ['one', one],
    ['two', two],
  ] as const) {
    server.script = () => [text(`I am ${name}`)];
    expect(await ask(named(name))).toMatchObject([{ text: `I am ${name}` }, { type: 'end' }]);
    expect((await server.call(0)).headers.authorization).toBe(`Bearer key-of-${name}`);
  }
});

it('follows a change; a request under way ends at its old provider, and the others stay', async () => {
  const gate = Promise.withResolvers<void>();
  one.script = () => [text('Half '), wait(gate.promise), text('said')];
  const [before, kept] = set.current.providers;
  const answer = before?.stream(modelRequest('Hi'), never)[Symbol.asyncIterator]();
  expect((await answer?.next())?.value).toMatchObject([{ text: 'Half ' }]);

  write(entry('one', one, ', models: [small]'), entry('two', two));
  await until(() => expect(set.current.providers[0]).not.toBe(before));
  expect(set.current.providers[1]).toBe(kept);
  expect(await named('one').listModels(never)).toEqual([{ id: 'small', createdAt: 0 }]);
  expect(() => named('one').stream(modelRequest('Hi', { model: 'large' }), never)).toThrow('does not offer');

  gate.resolve();
  const rest: ModelDelta[] = [];
  for (let next = await answer?.next(); next?.done === false; next = await answer?.next())
    rest.push(...next.value);
  expect(rest).toMatchObject([{ text: 'said' }, { type: 'end' }]);
});

it('refuses a wrong change with its path, and keeps the providers', async () => {
  const { current } = set;
  two.script = () => [text('Still here')];
  writeFileSync(path, 'providers: [{ name: one, preset: openai_compatible }]');
  await until(() => expect(loggedAt('error')).toHaveLength(1));
  expect(loggedAt('error')).toMatchObject([
    {
      line: { file: path, reason: expect.stringContaining('providers.0.base_url: must be set') as string },
      message: 'the changed providers file is refused',
    },
  ]);
  expect(set.current).toBe(current);
  expect(await ask(named('two'))).toHaveLength(2);

  rmSync(path);
  await until(() => expect(loggedAt('error')).toHaveLength(2));
  expect(set.current).toBe(current);

  write(entry('two', two));
  await until(() => expect(set.current.providers.map(({ name }) => name)).toEqual(['two']));
  expect(set.current.providers[0]).toBe(current.providers[1]);
});
