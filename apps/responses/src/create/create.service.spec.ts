import { once } from 'node:events';
import { type AppError, responsesQueued } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import {
  createParts,
  createRequest,
  eventsOf,
  plain,
  stays,
  streamed,
  typesOf,
} from '../testing/create-parts.ts';
import { ended, says } from '../testing/scripted-runner.ts';
import { lastResponse } from './response-events.ts';

const refusal = (code: AppError['code'], more: object = {}) =>
  expect.objectContaining({ code, ...more }) as AppError;
const key = { key: 'key-1', requestHash: 'hash-1' };

describe('a foreground create', () => {
  it('runs as its events are pulled, and has no row before its end', async () => {
    const { creates, memory, runner } = createParts();
    const events = await creates.create(testCaller, createRequest(), plain, stays);
    expect([memory.rows.size, runner.starts.length]).toEqual([0, 0]);
    const taken = await eventsOf(events);
    expect(taken.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.completed',
    ]);
    const end = lastResponse(taken);
    expect(end).toMatchObject({ status: 'completed', userId: testCaller.userId, output: [says('Hello')] });
    expect(runner.starts[0]).toMatchObject({
      lease: null,
      isUnread: true,
      timeoutMs: 60_000,
      mayMove: false,
    });
    expect(memory.rows.has(end?.id ?? '')).toBe(true);
  });

  it('has its row before its first event when it is streamed', async () => {
    const { creates, memory, runner } = createParts();
    const events = await creates.create(testCaller, createRequest(), streamed, stays);
    const [row] = memory.rows.values();
    expect(row).toMatchObject({ status: 'in_progress' });
    await eventsOf(events);
    expect(runner.starts[0]).toMatchObject({ lease: { responseId: row?.id }, isUnread: false });
  });

  it.each([plain, streamed])('leaves no row when it is not stored: %o', async (options) => {
    const { creates, memory } = createParts();
    expect(
      await typesOf(await creates.create(testCaller, createRequest({ stored: false }), options, stays)),
    ).toContain('response.completed');
    expect(memory.rows.size).toBe(0);
  });

  it('is cancelled when its client goes away', async () => {
    const { creates, runner } = createParts();
    const client = new AbortController();
    runner.script = async function* ({ response }, gone) {
      if (gone && !gone.aborted) await once(gone, 'abort');
      yield [{ type: 'response.cancelled', response: ended(response, { status: 'cancelled' }) }];
    };
    const events = eventsOf(await creates.create(testCaller, createRequest(), plain, client.signal));
    client.abort();
    expect((await events).at(-1)?.type).toBe('response.cancelled');
  });

  it('continues without its client when it is held open for tool outputs', async () => {
    const { creates, runner } = createParts();
    const client = new AbortController();
    const events = await creates.create(
      testCaller,
      createRequest({ onPause: 'hold' }),
      streamed,
      client.signal,
    );
    client.abort();
    expect(await typesOf(events)).toContain('response.completed');
    expect(runner.starts[0]?.gone).toBeUndefined();
  });

  it('records its end in the memory of its connection, with the history that it followed', async () => {
    const { creates, runner } = createParts();
    const history = [says('Earlier')];
    const noted: unknown[] = [];
    const memory = {
      recall: (id: string) => (id === 'resp_unstored' ? history : undefined),
      note: (...end: unknown[]) => noted.push(...end),
    };
    const request = createRequest({ stored: false, previousResponseId: 'resp_unstored' });
    await eventsOf(await creates.create(testCaller, request, { ...streamed, memory }, stays));
    expect(runner.starts[0]?.history).toBe(history);
    expect(noted).toEqual([expect.objectContaining({ status: 'completed' }), history]);
  });
});

describe('a background create', () => {
  const background = createRequest({ background: true });

  it('is queued, wakes the workers and returns its first events', async () => {
    const { creates, memory, runner, bus } = createParts();
    const rings: unknown[] = [];
    bus.subscribe(responsesQueued, (payload) => rings.push(payload));
    const types = await typesOf(await creates.create(testCaller, background, plain, stays));
    expect(types).toEqual(['response.created', 'response.queued']);
    expect([...memory.rows.values()]).toMatchObject([{ status: 'queued', startedAt: null }]);
    expect(memory.extras).toEqual([]); // no events are kept for readers
    await expect.poll(() => rings.length).toBe(1);
    expect(runner.starts).toEqual([]);
  });

  it('is followed to its end when it is streamed, and keeps its events', async () => {
    const { creates, memory, runEvents } = createParts();
    const events = await creates.create(testCaller, background, streamed, stays);
    const [row] = memory.rows.values();
    if (!row) throw new Error('it is not stored');
    expect(memory.extras[0]?.log).toHaveLength(2);
    const types: string[] = [];
    for await (const burst of events) {
      types.push(...burst.map(({ type }) => type));
      if (types.length !== 2) continue;
      // A worker ends it.
      memory.put(ended(row, { startedAt: 1_500 }));
      runEvents.announce(row.id);
    }
    expect(types).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.completed',
    ]);
  });

  it('is refused for a caller whose queue is full', async () => {
    const { creates, memory } = createParts({ limits: { LIMIT_QUEUED_RUNS: '2' } });
    memory.queuedBefore = 2;
    await expect(creates.create(testCaller, background, plain, stays)).rejects.toEqual(
      refusal('rate_limited'),
    );
    expect(memory.rows.size).toBe(0);
    await expect(creates.create(testCaller, createRequest(), plain, stays)).resolves.toBeDefined();
  });
});

describe('admission', () => {
  it('refuses stored responses of a caller whose storage is full', async () => {
    const { creates, figure } = createParts({ limits: { LIMIT_STORED_ROWS: '5' } });
    figure.rows = 5;
    await expect(creates.create(testCaller, createRequest(), plain, stays)).rejects.toEqual(
      refusal('forbidden', { reason: 'storage_limit_exceeded' }),
    );
    await expect(
      creates.create(testCaller, createRequest({ stored: false }), plain, stays),
    ).resolves.toBeDefined();
  });

  it.each([
    ['a private webhook URL', { webhookUrl: 'http://127.0.0.1/hook' }, 'webhook_url'],
    [
      'a private MCP server',
      {
        requestServers: [
          {
            label: 'local',
            access: { url: 'http://10.0.0.1/mcp', headers: {} },
            urlField: 'tools[0].server_url',
          },
        ],
      },
      'tools[0].server_url',
    ],
  ])('refuses %s', async (_what, changes, param) => {
    const { creates, memory } = createParts();
    await expect(creates.create(testCaller, createRequest(changes as object), plain, stays)).rejects.toEqual(
      refusal('invalid_request', { param }),
    );
    expect(memory.rows.size).toBe(0);
  });

  it('refuses a schema that cannot be used', async () => {
    const { creates } = createParts();
    const { settings } = createRequest();
    const schema = { type: 'object', properties: { a: { $ref: '#/nowhere' } } };
    const textFormat = {
      type: 'json_schema' as const,
      name: 'answer',
      schema,
      strict: false,
      description: null,
    };
    await expect(
      creates.create(testCaller, createRequest({ settings: { ...settings, textFormat } }), plain, stays),
    ).rejects.toEqual(refusal('invalid_request'));
  });

  it.each([plain, streamed])('stores nothing of a run that could not start: %o', async (options) => {
    const { creates, memory, runner } = createParts();
    runner.refusal = new Error('no such model');
    for (const background of [false, true])
      await expect(creates.create(testCaller, createRequest({ background }), options, stays)).rejects.toThrow(
        'no such model',
      );
    expect(memory.rows.size).toBe(0);
  });
});

describe('a repeated create', () => {
  it.each([plain, streamed])('gets the response of the first one: %o', async (options) => {
    const { creates, runner } = createParts();
    const [first] = await eventsOf(
      await creates.create(testCaller, createRequest(), { ...options, key }, stays),
    );
    let replays = 0;
    const repeated = { ...options, key, onReplay: () => void replays++ };
    const events = await eventsOf(await creates.create(testCaller, createRequest(), repeated, stays));
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { id: first?.type === 'response.created' && first.response.id },
    });
    expect([runner.starts.length, replays]).toEqual([1, 1]);
  });

  it('is refused with another request', async () => {
    const { creates } = createParts();
    await eventsOf(await creates.create(testCaller, createRequest(), { ...plain, key }, stays));
    const reused = { ...plain, key: { ...key, requestHash: 'hash-2' } };
    await expect(creates.create(testCaller, createRequest(), reused, stays)).rejects.toEqual(
      refusal('idempotency_key_reuse'),
    );
  });

  it('is refused while the first one runs in the foreground, but not in the background', async () => {
    const { creates, memory } = createParts();
    await creates.create(testCaller, createRequest(), { ...plain, key }, stays);
    await expect(creates.create(testCaller, createRequest(), { ...plain, key }, stays)).rejects.toEqual(
      refusal('idempotency_key_in_use'),
    );
    const [row] = memory.rows.values();
    if (row) memory.put({ ...row, background: true });
    expect(
      await typesOf(await creates.create(testCaller, createRequest(), { ...plain, key }, stays)),
    ).toEqual(['response.in_progress']);
  });

  it('is refused when the first one was not stored, or has been deleted', async () => {
    const { creates, memory, responses } = createParts();
    const unstored = createRequest({ stored: false });
    await eventsOf(await creates.create(testCaller, unstored, { ...plain, key }, stays));
    await expect(creates.create(testCaller, unstored, { ...plain, key }, stays)).rejects.toEqual(
      refusal('idempotency_key_in_use'),
    );
    const deleted = { ...plain, key: { ...key, key: 'key-2' } };
    await eventsOf(await creates.create(testCaller, createRequest(), deleted, stays));
    for (const id of [...memory.rows.keys()]) await responses.delete(testCaller, id);
    await expect(creates.create(testCaller, createRequest(), deleted, stays)).rejects.toEqual(
      refusal('idempotency_key_in_use'),
    );
  });

  it('gets the response of a concurrent one that was stored first', async () => {
    const { creates, memory, runner } = createParts();
    memory.beforeInsert = () => {
      memory.put(ended(testResponse({ id: 'resp_1' })));
      memory.keyed.set(key.key, { requestHash: key.requestHash, responseId: 'resp_1' });
    };
    const events = await eventsOf(
      await creates.create(testCaller, createRequest(), { ...plain, key }, stays),
    );
    expect(lastResponse(events)?.id).toBe('resp_1');
    expect(runner.starts).toEqual([]);
  });
});

it('ends the foreground runs of a stopping process', async () => {
  const { foreground, runs } = createParts();
  const run = runs.start('resp_1');
  await foreground.beforeApplicationShutdown();
  expect(run.signal.reason).toMatchObject({ code: 'interrupted' });
});
