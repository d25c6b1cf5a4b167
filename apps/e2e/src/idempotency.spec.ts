import { fail, text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { beforeAll, describe, expect } from 'vitest';
import { framesOf, type JanResponse } from './clients/jan-client.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const jan = await system.jan();
const bases = { jan: '/responses/v1/responses', openai: '/v1/responses' };
const model = 'jan-v2-30b';

let otherInstance: Awaited<ReturnType<typeof system.otherResponses>>;
beforeAll(async () => {
  otherInstance = await system.otherResponses();
});

let keyCount = 0;
const newKey = () => `order-${Date.now()}-${keyCount++}`;
const nextCall = () => provider.call(provider.calls.length);

function create(path: string, key: string, body: unknown, token = jan.token): Promise<Response> {
  return fetch(new URL(path, system.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
}

/** The text of a stream of either dialect. */
function saidIn(stream: string): string {
  const frames = [...stream.matchAll(/^data: (\{.*\})$/gm)].map(
    ([, json = '']) => JSON.parse(json) as StreamEvent,
  );
  return frames
    .filter(({ type }) => type === undefined || type === 'response.output_text.delta')
    .map(({ delta }) => (typeof delta === 'string' ? delta : (delta?.content ?? '')))
    .join('');
}

interface StreamEvent {
  type?: string;
  delta?: string | { content: string };
}

interface Refusal {
  error: { code: string; message: string; param?: string };
}

describe.each(Object.entries(bases))('%s', (_dialect, path) => {
  scenario('idempotency-key', 'returns the same response again', async () => {
    const key = newKey();
    const callsBefore = provider.calls.length;
    const first = await create(path, key, { model, input: 'Hello', temperature: 0.5 });
    const again = await create(path, key, { temperature: 0.5, input: 'Hello', model });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect(provider.calls.length).toBe(callsBefore + 1);
  });

  scenario(
    'idempotency-key',
    'starts one background run for many concurrent requests, at two instances',
    async () => {
      const [key, callsBefore] = [newKey(), provider.calls.length];
      const body = { model, input: 'Hello', background: true };
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          create(`${i % 2 ? otherInstance.url : system.url}${path}`, key, body),
        ),
      );
      const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as JanResponse).id));
      expect(new Set(ids).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
      await jan.settled(ids[0] ?? '');
      expect(provider.calls.length).toBe(callsBefore + 1);
    },
  );

  scenario(
    ['idempotency-key', 'idempotency-key-running'],
    'starts one foreground run for many concurrent requests, and refuses the others while it runs',
    async () => {
      const goOn = Promise.withResolvers<void>();
      provider.script = () => [text('Slowly'), wait(goOn.promise)];
      const [key, body, asked] = [newKey(), { model, input: 'Hello' }, nextCall()];
      const callsBefore = provider.calls.length;
      let refused = 0;
      const answers = Array.from({ length: 8 }, async () => {
        const answer = await create(path, key, body);
        if (answer.status === 409) refused++;
        return answer;
      });
      await asked;
      await expect.poll(() => refused).toBe(7);
      const late = await create(path, key, body);
      expect(late.status).toBe(409);
      expect(late.headers.get('x-should-retry')).toBe('false');
      expect(((await late.json()) as Refusal).error.code).toBe('idempotency_key_in_use');
      goOn.resolve();
      expect((await Promise.all(answers)).filter(({ status }) => status === 200)).toHaveLength(1);
      expect((await create(path, key, body)).headers.get('idempotent-replayed')).toBe('true');
      expect(provider.calls.length).toBe(callsBefore + 1);
    },
  );

  scenario('idempotency-key', 'repeats a stream', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [text('Found', ' it.')];
    const tools = path === bases.openai ? [{ type: 'mcp', server_label: 'antiphon' }] : undefined;
    const [key, body] = [newKey(), { model, input: 'Hello', stream: true, tools }];
    const texts: string[] = [];
    for (const isReplay of [false, true]) {
      const answer = await create(path, key, body);
      expect(answer.headers.get('idempotent-replayed') === 'true').toBe(isReplay);
      texts.push(saidIn(await answer.text()));
    }
    expect(texts).toEqual(['Found it.', 'Found it.']);
  });

  scenario('idempotency-key-reuse', 'refuses another request with the same key', async () => {
    const key = newKey();
    await create(path, key, { model, input: 'Hello' });
    const other = path === bases.jan ? bases.openai : bases.jan;
    for (const answer of [
      await create(path, key, { model, input: 'Goodbye' }),
      await create(other, key, { model, input: 'Hello' }),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.headers.get('x-should-retry')).toBe('false');
      expect(((await answer.json()) as Refusal).error.code).toBe('idempotency_key_reuse');
    }
    const ofOther = await create(path, key, { model, input: 'Goodbye' }, await system.token());
    expect(ofOther.status).toBe(200);
  });

  scenario('idempotency-key-not-stored', 'cannot repeat an unstored or deleted response', async () => {
    const body = { model, input: 'Hello', store: false };
    const [key, another] = [newKey(), newKey()];
    expect((await create(path, key, body)).status).toBe(200);
    const stored = (await (await create(path, another, { model, input: 'x' })).json()) as JanResponse;
    await jan.delete(stored.id);
    for (const answer of [
      await create(path, key, body),
      await create(path, another, { model, input: 'x' }),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.headers.get('x-should-retry')).toBe('false');
      expect(((await answer.json()) as Refusal).error.message).toMatch(/not stored or has been deleted/);
    }
  });

  scenario(
    'idempotency-key-bad',
    'refuses malformed keys, and stores no key of a refused request',
    async () => {
      for (const key of ['a b', 'x'.repeat(256), 'ü', 'a,b', '']) {
        const answer = await create(path, key, { model, input: 'x' });
        expect([key, answer.status]).toEqual([key, 400]);
      }
      const key = newKey();
      expect((await create(path, key, { model })).status).toBe(400);
      expect((await create(path, key, { model, input: 'x' })).status).toBe(200);
    },
  );
});

scenario('idempotency-key', 'repeats a failure, and forbids a retry', async () => {
  provider.script = () => [fail(400, { message: 'too long' })];
  const [key, body] = [newKey(), { model, input: 'x' }];
  const first = await create(bases.openai, key, body);
  provider.script = () => [text('Fine.')];
  const again = await create(bases.openai, key, body);
  expect([again.status, await again.json()]).toEqual([first.status, await first.json()]);
  expect(again.headers.get('x-should-retry')).toBe('false');
});

scenario('idempotency-key', 'holds in every dialect', async () => {
  const bodies = {
    '/api/v1/responses': {
      model: 'openai/gpt-scripted',
      input: 'Hello',
      stream: 'off',
      disable_cache: true,
    },
    '/codex/v1/responses': { model: 'gpt-scripted', input: 'Hello' },
  };
  for (const [path, body] of Object.entries(bodies)) {
    const key = newKey();
    const [first, again] = [await create(path, key, body), await create(path, key, body)];
    expect([path, first.status, again.status]).toEqual([path, 200, 200]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect((await create(path, key, { ...body, input: 'Other' })).status).toBe(422);
  }
});

scenario('idempotency-key', 'is sent by the stock client', async () => {
  const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: jan.token, maxRetries: 0 });
  const body = { model, input: 'Hello', background: true, stream: true } as const;
  const options = { idempotencyKey: newKey(), headers: { 'Idempotency-Key': newKey() } };
  const streams: unknown[][] = [[], []];
  for (const events of streams)
    for await (const event of await client.responses.create(body, options)) events.push(event);
  expect(streams[0]).toHaveLength(12);
  expect(streams[1]).toEqual(streams[0]);
});

scenario('idempotency-key', 'repeats the rest of a run whose client has disconnected', async () => {
  provider.script = () => [text('Half'), wait(new Promise(() => {}))];
  const [key, asked] = [newKey(), nextCall()];
  const answer = await create(bases.jan, key, { model, input: 'x', stream: true });
  const call = await asked;
  for await (const frame of framesOf(answer)) if ('data' in frame) break;
  await call.closed;
  const again = async () => create(bases.jan, key, { model, input: 'x', stream: true });
  await expect.poll(async () => (await again()).status).toBe(200);
  expect(await (await again()).text()).toContain('cancelled');
});
