import { functionCall, type FunctionCallItem, type Response } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { deliveryLimits } from '../testing/delivery-limits.ts';
import { newResponse, queued, saying, otherCaller } from '../testing/new-response.ts';
import { storeLimits } from '../testing/test-stores.ts';
import { DeliveryQueue } from '../webhooks/delivery-queue.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();

async function claimOne(from = stores) {
  const [claim] = await from.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return claim;
}

const pendingCall = (callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name: 'post_http_requests',
    arguments: '{"url":"http://a"}',
    executor: 'server',
    state: 'pending_approval',
    ...changes,
  });

/** A foreground run that waits for its caller. */
async function paused(changes: Partial<Response> = {}, from = stores): Promise<Response> {
  const running = newResponse({ onPause: 'wait', output: [pendingCall('a'), pendingCall('b')], ...changes });
  const lease = await from.responses.insertRunning(running);
  const response: Response = { ...running, status: 'requires_action' };
  expect(await from.leases.finish(lease, response)).toBe(true);
  return response;
}

/** Lets every lease run out. */
async function expireLeases(): Promise<void> {
  await database.dataSource.query(
    `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
  );
}

describe('a claim', () => {
  it('goes to exactly one of many processes', async () => {
    await stores.responses.insert(queued());
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => storesWith({}, `worker-${i}`).leases.claim(1)),
    );
    expect(claims.flat()).toHaveLength(1);
    expect(claims.flat()[0]?.response).toMatchObject({
      status: 'in_progress',
      startedAt: expect.any(Number) as number,
    });
  });

  it('takes the oldest first, up to the requested number, and no foreground responses', async () => {
    const now = Date.now();
    const waiting = [3, 1, 2].map((age) => queued({ createdAt: now - age * 1_000 }));
    await Promise.all(waiting.map((response) => stores.responses.insert(response)));
    await stores.responses.insertRunning(newResponse());
    await expireLeases();
    const claims = await stores.leases.claim(2);
    expect(claims.map((claim) => claim.response.createdAt).sort()).toEqual([now - 3_000, now - 2_000]);
    expect(await stores.leases.claim(5)).toHaveLength(1);
  });

  it('takes a run over from its last checkpoint, and locks the lost holder out', async () => {
    await stores.responses.insert(queued());
    const first = await claimOne();
    expect(await stores.leases.checkpoint(first.lease, { ...first.response, output: [saying('half')] })).toBe(
      true,
    );
    expect(await stores.leases.claim(1)).toEqual([]);
    await expireLeases();
    const second = await claimOne(storesWith({}, 'worker-2'));
    expect(second.response.output).toEqual([saying('half')]);
    expect(second.response.startedAt).toBe(first.response.startedAt);

    expect(await stores.leases.heartbeat([first.lease])).toEqual(new Set());
    expect(
      await stores.leases.checkpoint(first.lease, { ...first.response, output: [saying('stale')] }),
    ).toBe(false);
    expect(await stores.leases.finish(first.lease, { ...first.response, status: 'completed' })).toBe(false);
    expect(await stores.leases.heartbeat([second.lease])).toEqual(new Set([second.lease]));
    expect(await stores.leases.finish(second.lease, { ...second.response, status: 'completed' })).toBe(true);
    expect(await stores.responses.find(testCaller, first.response.id)).toMatchObject({
      status: 'completed',
      output: [saying('half')],
    });
  });

  it('that is given back can be claimed at once and does not count as an attempt', async () => {
    await stores.responses.insert(queued());
    for (let round = 0; round < storeLimits.attemptsMax + 2; round++)
      await stores.leases.release((await claimOne()).lease);
    expect((await claimOne()).response.status).toBe('in_progress');
  });

  it('that is given back is not kept by a late heartbeat', async () => {
    await stores.responses.insert(queued());
    const { lease } = await claimOne();
    await stores.leases.release(lease);
    expect(await stores.leases.heartbeat([lease])).toEqual(new Set());
    expect((await claimOne()).response.id).toBe(lease.responseId);
  });
});

describe('a run without a part of the system', () => {
  it('is claimed again after a while, until its deadline', async () => {
    await stores.responses.insert(queued());
    for (let time = 0; time < storeLimits.attemptsMax + 2; time++) {
      const { lease } = await claimOne();
      expect(await stores.leases.postpone(lease)).toBe(true);
      expect(await stores.leases.claim(1)).toEqual([]);
      await expireLeases();
    }
    const { lease } = await claimOne();
    await database.dataSource.query(
      `update responses.responses set deadline_at = clock_timestamp() + interval '1 s' where id = $1`,
      [lease.responseId],
    );
    expect(await stores.leases.postpone(lease)).toBe(false);
  });
});

describe('an end', () => {
  it('comes once, with one webhook', async () => {
    await stores.responses.insert(queued({ webhookUrl: 'https://example.com/hook' }));
    const { lease, response } = await claimOne();
    const ended: Response = {
      ...response,
      status: 'completed',
      completedAt: Date.now(),
      output: [saying('done')],
    };
    expect(
      await Promise.all([stores.leases.finish(lease, ended), stores.leases.finish(lease, ended)]),
    ).toEqual(expect.arrayContaining([true, false]));
    const deliveries = await new DeliveryQueue(database.dataSource).claim(
      { countMax: 10, bytesMax: 1_000_000 },
      1_000,
      deliveryLimits,
    );
    expect(deliveries).toMatchObject([
      { responseId: response.id, url: 'https://example.com/hook', attempt: 1 },
    ]);
  });

  it('by cancel wins over a run that finishes later, and keeps the output of the run', async () => {
    await stores.responses.insert(queued());
    const { lease, response } = await claimOne();
    const outcome = await stores.responses.cancel(testCaller, response.id);
    expect(outcome).toMatchObject({ wasCancelled: true, response: { status: 'cancelled' } });
    expect(await stores.leases.heartbeat([lease])).toEqual(new Set());
    const late: Response = { ...response, status: 'completed', output: [saying('par')] };
    expect(await stores.leases.finish(lease, late)).toBe(false);
    expect(await stores.responses.find(testCaller, response.id)).toMatchObject({
      status: 'cancelled',
      cancelledAt: outcome?.response.cancelledAt,
      output: [saying('par')],
    });
  });

  it('never changes again', async () => {
    await stores.responses.insert(queued());
    const { lease, response } = await claimOne();
    await stores.leases.finish(lease, { ...response, status: 'failed' });
    expect(await stores.responses.cancel(testCaller, response.id)).toMatchObject({
      wasCancelled: false,
      response: { status: 'failed' },
    });
    expect(await stores.responses.cancel(otherCaller, response.id)).toBeNull();
    await expireLeases();
    expect(await stores.leases.sweep()).toEqual([]);
    expect(await stores.leases.claim(1)).toEqual([]);
  });

  it('is settled by the row when cancel and finish race', async () => {
    for (let round = 0; round < 25; round++) {
      await stores.responses.insert(queued({ webhookUrl: 'https://example.com/hook' }));
      const { lease, response } = await claimOne();
      const [cancelled, finished] = await Promise.all([
        stores.responses.cancel(testCaller, response.id),
        stores.leases.finish(lease, { ...response, status: 'completed' }),
      ]);
      expect(cancelled?.wasCancelled).toBe(!finished);
      const expected = finished ? 'completed' : 'cancelled';
      expect(await stores.responses.find(testCaller, response.id)).toMatchObject({ status: expected });
    }
    expect(
      await new DeliveryQueue(database.dataSource).claim({ countMax: 100, bytesMax: 1_000_000 }, 1_000, {
        ...deliveryLimits,
        perHostMax: 100,
        attemptsKept: 20,
      }),
    ).toHaveLength(25);
  });
});

describe('a sweep', () => {
  it('fails foreground runs whose process is gone, and no others', async () => {
    const response = newResponse();
    await stores.responses.insertRunning(response);
    expect(await stores.leases.sweep()).toEqual([]);
    await expireLeases();
    expect(await stores.leases.sweep()).toMatchObject([
      { id: response.id, status: 'failed', error: { code: 'interrupted' } },
    ]);
    expect(await stores.responses.find(testCaller, response.id)).toMatchObject({ status: 'failed' });
  });

  it('fails a background run once its attempts are used up, not before', async () => {
    await stores.responses.insert(queued());
    for (let attempt = 1; attempt <= storeLimits.attemptsMax; attempt++) {
      expect(await stores.leases.sweep()).toEqual([]);
      await claimOne();
      await expireLeases();
    }
    expect(await stores.leases.claim(1)).toEqual([]);
    expect(await stores.leases.sweep()).toMatchObject([{ status: 'failed', error: { code: 'interrupted' } }]);
  });

  it('fails a run past its deadline although its lease is held', async () => {
    const hasty = storesWith({ backgroundTimeoutMs: 0, leaseMs: 0 });
    await hasty.responses.insert(queued());
    const { lease } = await claimOne(hasty);
    await stores.leases.heartbeat([lease]);
    expect(await hasty.leases.sweep()).toMatchObject([{ status: 'failed', error: { code: 'run_timeout' } }]);
  });

  it('fails a pause past its time, and never one that was handed back', async () => {
    const impatient = storesWith({ pauseMs: { hand_back: null, wait: 0, stay: 0, hold: 0 } });
    await paused({ onPause: 'hand_back' }, impatient);
    const { id } = await paused({ onPause: 'wait' }, impatient);
    expect(await impatient.leases.sweep()).toMatchObject([
      { id, status: 'failed', error: { code: 'run_timeout' } },
    ]);
  });
});

it('a sweep ends rows up to its bytes, and the next one the rest', async () => {
  const narrow = storesWith({ pageBytesMax: 4_000 });
  for (let i = 0; i < 3; i++)
    await narrow.responses.insertRunning(newResponse({ output: [saying('x'.repeat(2_000))] }));
  await expireLeases();
  expect(await narrow.leases.sweep()).toHaveLength(2);
  expect(await narrow.leases.sweep()).toHaveLength(1);
  expect(await narrow.leases.sweep()).toEqual([]);
});
