import {
  type Attempt,
  type DeliveryQueue,
  DeliverySignal,
  type DueDelivery,
  type FailedAttempt,
} from '@antiphon/runtime';
import { createLogger } from '@antiphon/service-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../config.ts';
import type { SendOutcome, WebhookSender } from './webhook-sender.ts';
import { WebhookWorker } from './webhook-worker.ts';

const { webhooks } = loadConfig({
  DATABASE_URL: 'postgres://nowhere/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const config = {
  ...webhooks,
  concurrency: 2,
  pollMs: 60_000,
  shutdownGraceMs: 10,
  retry: { retriesMax: 2, scheduleMs: [1_000, 60_000], retryAfterMaxMs: 3_600_000 },
};

/** Lets everything that is ready run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const due = (id: string, changes: Partial<DueDelivery> = {}): DueDelivery => ({
  id,
  eventId: 'evt_1',
  responseId: 'resp_1',
  userId: 'user_1',
  endpointId: 'we_1',
  url: 'https://example.com/hook',
  host: 'example.com',
  receiver: 'we_1',
  attempt: 1,
  bytes: 1_000,
  ...changes,
});
const answered = (status: number, changes: Partial<SendOutcome> = {}): SendOutcome => ({
  status,
  error: status < 300 ? null : `The receiver answered ${status}.`,
  retryAfterMs: null,
  isUnreachable: false,
  sentAtMs: 1_700_000_000_000,
  durationMs: 12,
  ...changes,
});

/** A worker over fakes: deliveries that are due, and attempts that go on until the test settles them. */
function testWorker() {
  const waiting: DueDelivery[] = [];
  const rooms: { countMax: number; bytesMax: number }[] = [];
  const attempts = new Map<string, PromiseWithResolvers<SendOutcome | null>>();
  const delivered: [string, number | null][] = [];
  const failed: [string, FailedAttempt][] = [];
  // The fakes have what the worker uses of its neighbours.
  const queue = {
    claim: async (room: { countMax: number; bytesMax: number }) => {
      rooms.push(room);
      return waiting.splice(0, room.countMax);
    },
    delivered: async ({ id }: DueDelivery, { status }: Attempt) => delivered.push([id, status]),
    failed: async ({ id }: DueDelivery, attempt: FailedAttempt) => {
      failed.push([id, attempt]);
      return null;
    },
  } as unknown as DeliveryQueue;
  const sender = {
    send: ({ id }: DueDelivery, signal: AbortSignal) => {
      const attempt = Promise.withResolvers<SendOutcome | null>();
      signal.addEventListener('abort', () => attempt.reject(signal.reason as Error));
      attempts.set(id, attempt);
      return attempt.promise.finally(() => attempts.delete(id));
    },
  } as unknown as WebhookSender;
  const signal = new DeliverySignal();
  const worker = new WebhookWorker(queue, sender, signal, createLogger('test', 'silent'), config);
  onTestFinished(() => worker.beforeApplicationShutdown());
  return { worker, signal, waiting, rooms, attempts, delivered, failed };
}

/** How the worker settles an attempt with this outcome. */
async function settledAs(outcome: SendOutcome | null, attempt = 1) {
  const test = testWorker();
  test.waiting.push(due('del_1', { attempt }));
  test.signal.ring();
  await settled();
  test.attempts.get('del_1')?.resolve(outcome);
  await settled();
  return { delivered: test.delivered, failed: test.failed.map(([, how]) => how) };
}

describe('the worker', () => {
  it('sends due deliveries side by side, up to its bound, and more when one is settled', async () => {
    const { worker, waiting, attempts } = testWorker();
    waiting.push(due('del_1'), due('del_2'), due('del_3'));
    worker.onApplicationBootstrap();
    await settled();
    expect([...attempts.keys()]).toEqual(['del_1', 'del_2']);
    attempts.get('del_1')?.resolve(answered(200));
    await settled();
    expect([...attempts.keys()]).toEqual(['del_2', 'del_3']);
  });

  it('claims no more bytes of responses than are left', async () => {
    const { signal, waiting, rooms, attempts } = testWorker();
    waiting.push(due('del_1', { bytes: 31_999_000 }));
    signal.ring();
    await settled();
    signal.ring();
    await settled();
    expect(rooms.map(({ bytesMax }) => bytesMax)).toEqual([32_000_000, 1_000]);
    attempts.get('del_1')?.resolve(null);
  });

  it('sends a response that exceeds the bytes alone', async () => {
    const { signal, waiting, rooms, attempts } = testWorker();
    waiting.push(due('del_1', { bytes: 64_000_000 }));
    signal.ring();
    await settled();
    waiting.push(due('del_2'));
    signal.ring();
    await settled();
    expect(rooms).toHaveLength(1);
    attempts.get('del_1')?.resolve(answered(204));
    await settled();
    expect([...attempts.keys()]).toEqual(['del_2']);
  });

  it('goes on after an attempt that broke off: its claim expires', async () => {
    const { signal, waiting, attempts, delivered, failed } = testWorker();
    waiting.push(due('del_1'));
    signal.ring();
    await settled();
    waiting.push(due('del_2'));
    attempts.get('del_1')?.reject(new Error('the database is away'));
    await settled();
    expect([...attempts.keys()]).toEqual(['del_2']);
    expect([delivered, failed]).toEqual([[], []]);
  });

  it('aborts attempts that exceed the grace when it stops, and settles none of them', async () => {
    const { worker, signal, waiting, attempts, failed } = testWorker();
    waiting.push(due('del_1'));
    signal.ring();
    await settled();
    waiting.push(due('del_2'));
    await worker.beforeApplicationShutdown();
    expect([attempts.size, failed]).toEqual([0, []]);
    expect(waiting.map(({ id }) => id)).toEqual(['del_2']);
  });
});

describe('an attempt', () => {
  it('that the receiver took is delivered', async () => {
    expect(await settledAs(answered(204))).toEqual({ delivered: [['del_1', 204]], failed: [] });
  });

  it('whose response or endpoint is gone is not settled', async () => {
    expect(await settledAs(null)).toEqual({ delivered: [], failed: [] });
  });

  it('that failed is repeated by the schedule, and given up after the last retry', async () => {
    const waits = [];
    for (const attempt of [1, 2, 3])
      waits.push((await settledAs(answered(500), attempt)).failed[0]?.retryInMs);
    expect(waits[0]).toBeGreaterThanOrEqual(800);
    expect(waits[0]).toBeLessThanOrEqual(1_200);
    expect(waits[1]).toBeGreaterThanOrEqual(48_000);
    expect(waits[2]).toBeNull();
  });

  it('that the receiver answers with 410 is given up at once', async () => {
    expect((await settledAs(answered(410))).failed).toMatchObject([{ isGone: true, retryInMs: null }]);
  });

  it.each([
    ['the host', { status: null, isUnreachable: true }, 'host'],
    ['the receiver', { status: null }, 'receiver'],
    ['the receiver', { status: 429 }, 'receiver'],
    ['the receiver', { status: 503 }, 'receiver'],
    ['the request', { status: 400 }, 'request'],
  ] as const)('is a fault of %s: %j', async (_whose, changes, fault) => {
    const outcome = { ...answered(500), ...changes };
    expect((await settledAs(outcome)).failed).toMatchObject([{ fault }]);
  });
});
