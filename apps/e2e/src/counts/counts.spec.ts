import { setTimeout as delay } from 'node:timers/promises';
import { type ProviderStep, raw, text, toolCall, wait } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CountedSystem } from './counted-system.ts';
import { countsTable, slowTokens } from './counts.ts';

/** The first requests of a kind open connections and fill caches. */
const warmUps = 3;
const answerTokens = 64;
/** Each token of a slow provider is a separate upstream read. */
const slowTokenMs = 50;
const pollMs = 20;

type Body = Record<string, unknown>;

const slowly = 'Say hello slowly';
const slowAnswer = Array.from({ length: slowTokens }, () => [...text('token '), wait(slowTokenMs)]).flat();
const inStep = 'Say hello in step with me';
/** Of each token of an answer in step, whether its reader has it: the provider sends the next one then. */
let isRead: PromiseWithResolvers<void>[] = [];
function answerInStep(): ProviderStep[] {
  isRead = Array.from({ length: slowTokens }, () => Promise.withResolvers<void>());
  return isRead.flatMap(({ promise }) => [...text('token '), wait(promise)]);
}
/** One write, which arrives as one read. */
const tokenEvent = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-scripted', choices: [{ index: 0, delta: { content: 'token ' }, finish_reason: null }] })}\n\n`;
const wholeAnswer: ProviderStep[] = [raw(tokenEvent.repeat(answerTokens))];

let counted: CountedSystem;
let token: string;

beforeAll(async () => {
  counted = await CountedSystem.start();
  counted.system.provider.script = ({ body, toolOutputs, userText }) => {
    if (body.tools?.length && toolOutputs.length === 0)
      // One call: the results of parallel calls are saved together or one by one, as they come.
      return [toolCall('calculate', { expression: '6 * 7' }, { id: 'call_product' })];
    if (userText === inStep) return [answerInStep()];
    return [userText === slowly ? slowAnswer : wholeAnswer];
  };
});
afterAll(() => counted.stop());

const request = (path: string, body?: Body) =>
  fetch(`${counted.system.url}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });

async function call(path: string, body?: Body): Promise<string> {
  const answer = await request(path, body);
  const answered = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${answered}`);
  return answered;
}

const create = (body: Body = {}) =>
  call('/v1/responses', { model: 'gpt-scripted', input: 'Say hello', ...body });
/** The answers are checked by other specs. */
const idOf = (answer: string) => (JSON.parse(answer) as { id: string }).id;
const statusOf = (answer: string) => (JSON.parse(answer) as { status: string }).status;

/** Reads a stream whose provider sends each token when the one before was read, so that each is an upstream read of its own. */
async function streamInStep(): Promise<void> {
  const answer = await request('/v1/responses', { model: 'gpt-scripted', input: inStep, stream: true });
  let read = '';
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    read += piece;
    const count = read.match(/^event: response\.output_text\.delta$/gm)?.length ?? 0;
    for (const { resolve } of isRead.slice(0, count)) resolve();
  }
}

/** Waits for the end in the database, which costs the services nothing. */
async function createInBackground(): Promise<void> {
  const id = idOf(await create({ background: true }));
  while (!(await counted.isCompleted(id))) await delay(pollMs);
}

let stored: string;
const works: Record<keyof typeof countsTable, () => Promise<unknown>> = {
  'plain create, not stored': () => create({ store: false }),
  'plain create, stored': () => create(),
  'plain create from a slow provider': () => create({ input: slowly }),
  'stream, stored': () => create({ stream: true }),
  'stream from a slow provider': streamInStep,
  'tool loop': async () => {
    const tools = [
      { type: 'mcp', server_label: 'antiphon', require_approval: 'never', allowed_tools: ['calculate'] },
    ];
    expect(statusOf(await create({ tools }))).toBe('completed');
  },
  'background run': createInBackground,
  retrieve: async () => call(`/v1/responses/${(stored ??= idOf(await create()))}`),
  'plain create over a route, stored': async () => {
    await useTwoProviders();
    await create({ model: 'smart' });
  },
  'stream over a route, stored': async () => {
    await useTwoProviders();
    await create({ model: 'smart', stream: true });
  },
};

let twoProviders: Promise<void> | undefined;

/** From now on there are two providers, and the name `smart` for a model at both. Has an effect once: the works that need it come last. */
function useTwoProviders(): Promise<void> {
  const { baseUrl } = counted.system.provider;
  twoProviders ??= counted.system.useProviders(
    `providers:
  - { name: red, preset: openai_compatible, base_url: "${baseUrl}", models: [gpt-scripted], concurrency: 8 }
  - { name: blue, preset: openai_compatible, base_url: "${baseUrl}", models: [gpt-scripted] }
  - { name: openai, preset: openai, enabled: false }
models:
  smart: { route: [red/gpt-scripted, { to: blue/gpt-scripted, weight: 2 }], select: order, fallback: [blue/other] }
`,
  );
  return twoProviders;
}

describe('the counts of a request', () => {
  it.each(Object.entries(countsTable))('%s', async (name, expected) => {
    // The table's own names.
    const work = works[name as keyof typeof countsTable];
    // A new guest stores too little to trigger a count of its stored data.
    token = await counted.system.token();
    for (let time = 0; time < warmUps; time++) await work();
    const { counts, details } = await counted.count(work);
    expect(counts, details.join('\n')).toEqual(expected);
  });
});
