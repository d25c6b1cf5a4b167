import { AppError, type Caller, type Response, responsesQueued, rightsOf } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import {
  ActiveRuns,
  type Claim,
  type HistoryStore,
  type LeaseStore,
  type ResponseRunner,
  type RunStart,
} from '@antiphon/runtime';
import { createLogger } from '@antiphon/service-kit';
import { MemoryBus, serve } from '@antiphon/service-kit/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../config.ts';
import { BackgroundWorker } from './background-worker.ts';
import { BackgroundHandler } from './background.handler.ts';

const { background } = loadConfig({
  DATABASE_URL: 'postgres://nowhere/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const guest: Caller = { userId: 'user_a', tenantId: 'tenant_a', kind: 'guest', scopes: ['api'] };
const key: Caller = { ...guest, kind: 'key', scopes: ['research'], ownerKind: 'guest', keyId: 'key_1' };

/** Lets everything that is ready run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const queued = (id: string, changes: Partial<Response> = {}) =>
  testResponse({ id, userId: 'user_a', background: true, ...changes });

/** How a fake run ends. */
type End = 'completes' | 'breaks off' | 'is given back';

/** A worker over fakes: responses that wait for a claim, and runs that go on until the test ends them. */
function testWorker({ slots = 4, claimMax = 32, bytesMax = 1_000, bus = new MemoryBus() } = {}) {
  const waiting: Response[] = [];
  const asked: { countMax: number; firstOnlyMax: number; bytesMax: number }[] = [];
  const running = new Map<string, { start: RunStart; caller: Caller; end: (how: End) => void }>();
  let claimFailure: Error | null = null;
  // The fakes have what the worker uses of its neighbours.
  const leases = {
    claim: async (countMax: number, bounds: { firstOnlyMax: number; bytesMax: number }): Promise<Claim[]> => {
      asked.push({ countMax, ...bounds });
      if (claimFailure) throw claimFailure;
      return waiting.splice(0, countMax).map((response) => ({
        lease: { responseId: response.id, epoch: 1 },
        response,
        remainingMs: 1_000,
        limitMs: 1_000,
        isLogged: false,
        bytes: 10,
        bytesMax: 400,
      }));
    },
  } as unknown as LeaseStore;
  const history = { readMeasured: async () => ({ items: [], bytes: 90, version: null }) } as unknown as HistoryStore;
  const runs = new ActiveRuns(bus);
  const runner = {
    async *run(caller: Caller, start: RunStart) {
      const { response } = start;
      const active = runs.start(response.id);
      const ended = Promise.withResolvers<End>();
      running.set(response.id, { start, caller, end: ended.resolve });
      active.signal.addEventListener('abort', () => ended.resolve('is given back'));
      const how = await ended.promise;
      running.delete(response.id);
      runs.end(response.id, active);
      if (how === 'breaks off') throw new Error('the database is away');
      if (how === 'completes')
        yield [{ type: 'response.completed', response: { ...response, status: 'completed' } }];
    },
  } as unknown as ResponseRunner;
  const worker = new BackgroundWorker(leases, history, runner, runs, bus, createLogger('test', 'silent'), {
    ...background,
    slots,
    claimMax,
    bytesMax,
    pollMs: 60_000,
    shutdownGraceMs: 10,
  });
  onTestFinished(() => {
    for (const { end } of running.values()) end('is given back');
    return worker.beforeApplicationShutdown();
  });
  serve(bus, new BackgroundHandler(worker));
  worker.onApplicationBootstrap();
  return {
    worker,
    waiting,
    asked,
    running,
    bus,
    failClaims: (error: Error | null) => (claimFailure = error),
    ring: () => bus.publish(responsesQueued, {}),
  };
}

describe('the worker', () => {
  it('claims what is queued at its start and at each signal, as far as slots are free', async () => {
    const { waiting, running, ring } = testWorker({ slots: 2 });
    await settled();
    waiting.push(queued('resp_1'), queued('resp_2'), queued('resp_3'));
    ring();
    await settled();
    expect([...running.keys()]).toEqual(['resp_1', 'resp_2']);
    running.get('resp_1')?.end('completes');
    await settled();
    expect([...running.keys()]).toEqual(['resp_2', 'resp_3']);
  });

  it('reserves a quarter of its slots for users without a run', async () => {
    const { asked } = testWorker({ slots: 8 });
    await settled();
    expect(asked).toEqual([{ countMax: 8, firstOnlyMax: 2, bytesMax: 1_000 }]);
  });

  it('reserves them in small claims only once its other slots are in use', async () => {
    const { asked, waiting, ring } = testWorker({ slots: 8, claimMax: 4, bytesMax: 1_000_000 });
    await settled();
    waiting.push(...['1', '2', '3', '4', '5', '6'].map((id) => queued(`resp_${id}`)));
    ring();
    await settled();
    expect(asked.slice(1).map(({ countMax, firstOnlyMax }) => [countMax, firstOnlyMax])).toEqual([
      [4, 0],
      [4, 2],
    ]);
  });

  it('counts a run with its largest history until the history is read', async () => {
    const { asked, running, waiting, ring } = testWorker();
    await settled();
    waiting.push(queued('resp_1'));
    ring();
    await settled();
    ring();
    await settled();
    expect(asked.at(-1)?.bytesMax).toBe(600);
    const { history } = running.get('resp_1')?.start ?? {};
    if (typeof history !== 'function') throw new Error('a history that is read later');
    await history();
    await settled();
    expect(asked.at(-1)?.bytesMax).toBe(900);
  });

  it('claims nothing without the bus', async () => {
    const bus = new MemoryBus();
    Object.defineProperty(bus, 'isConnected', { value: false });
    const { asked } = testWorker({ bus });
    await settled();
    expect(asked).toEqual([]);
  });

  it('goes on after a claim that failed', async () => {
    const { waiting, running, failClaims, ring } = testWorker();
    failClaims(new AppError('unavailable', 'The database is away.'));
    await settled();
    waiting.push(queued('resp_1'));
    ring();
    await settled();
    expect(running.size).toBe(0);
    failClaims(null);
    ring();
    await settled();
    expect([...running.keys()]).toEqual(['resp_1']);
  });

  it('goes on after a run that broke off', async () => {
    const { waiting, running, ring } = testWorker({ slots: 1 });
    waiting.push(queued('resp_1'), queued('resp_2'));
    ring();
    await settled();
    running.get('resp_1')?.end('breaks off');
    await settled();
    expect([...running.keys()]).toEqual(['resp_2']);
  });

  it('runs a claim for the time that is left of it, and lets it move to another worker', async () => {
    const { waiting, running, ring } = testWorker();
    waiting.push(queued('resp_1'));
    ring();
    await settled();
    expect(running.get('resp_1')?.start).toMatchObject({
      lease: { responseId: 'resp_1', epoch: 1 },
      timeoutMs: 1_000,
      limitMs: 1_000,
      mayMove: true,
    });
  });

  it('gives its runs back when it stops, claims nothing more, and signals the other workers', async () => {
    const { worker, waiting, running, ring, bus, asked } = testWorker();
    waiting.push(queued('resp_1'));
    ring();
    await settled();
    let signals = 0;
    bus.subscribe(responsesQueued, () => signals++);
    const claims = asked.length;
    waiting.push(queued('resp_2'));
    await worker.beforeApplicationShutdown();
    expect(running.size).toBe(0);
    expect(signals).toBe(1);
    expect(asked).toHaveLength(claims);
  });
});

describe('a background run', () => {
  it.each([guest, key, { ...guest, kind: 'user' as const }])(
    'has the rights of its creator: %j',
    async (creator) => {
      const { waiting, running, ring } = testWorker();
      const { userId, tenantId } = creator;
      waiting.push(queued('resp_1', { userId, tenantId, rights: rightsOf(creator) }));
      ring();
      await settled();
      expect(running.get('resp_1')?.caller).toEqual(creator);
    },
  );

  it('has the least rights where an earlier release stored none', async () => {
    const { waiting, running, ring } = testWorker();
    const { userId, tenantId } = guest;
    waiting.push(queued('resp_1', { userId, tenantId }));
    ring();
    await settled();
    expect(running.get('resp_1')?.caller).toEqual({ userId, tenantId, kind: 'guest', scopes: [] });
  });
});
