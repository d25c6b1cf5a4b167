import { type Caller, newId } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { SecretBox } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { deliveryLimits as limits } from '../testing/delivery-limits.ts';
import { newResponse } from '../testing/new-response.ts';
import { DeliveryQueue, type DueDelivery, type FailedAttempt } from './delivery-queue.ts';
import { DeliveryStore } from './delivery.store.ts';
import { EndpointStore } from './endpoint.store.ts';
import { webhookEventTypes } from './webhook-endpoint.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const leaseMs = 30_000;
const box = SecretBox.from(Buffer.alloc(32, 7).toString('base64'));
const otherCaller: Caller = { ...testCaller, userId: 'user_b' };

const { database, storesWith } = await responsesDatabase();
const queue = new DeliveryQueue(database.dataSource);
const deliveries = new DeliveryStore(database.dataSource);
const endpoints = new EndpointStore(database.dataSource, box, { perUserMax: 2 });
const stores = storesWith({ leaseMs });

/** Ends background responses with these webhook URLs, one after the other. */
async function endedWith(...urls: (string | null)[]): Promise<string[]> {
  return endedOf(testCaller, ...urls);
}

/** Ends background responses of a caller. */
async function endedOf({ userId }: Caller, ...urls: (string | null)[]): Promise<string[]> {
  const ids: string[] = [];
  for (const webhookUrl of urls) {
    await stores.responses.insert(newResponse({ status: 'queued', background: true, webhookUrl, userId }));
    const [claim] = await stores.leases.claim(1);
    if (!claim) throw new Error('nothing to claim');
    await stores.leases.finish(claim.lease, { ...claim.response, status: 'completed' });
    ids.push(claim.response.id);
  }
  return ids;
}

const register = (caller = testCaller, eventTypes = [...webhookEventTypes]) =>
  endpoints.add(caller, {
    name: '',
    description: null,
    url: 'https://hooks.example.com/all',
    eventTypes,
    isEnabled: true,
  });

const claimed = (countMax = 10, bytesMax = 1_000_000) => queue.claim({ countMax, bytesMax }, leaseMs, limits);
const hostsOf = (due: DueDelivery[]) => due.map(({ host }) => host).sort();

const attemptWith = (status: number) => ({ status, sentAtMs: 1_700_000_000_000, durationMs: 12.4 });

function failure(changes: Partial<FailedAttempt> = {}): FailedAttempt {
  return { ...attemptWith(500), error: 'It failed.', retryInMs: 0, fault: 'host', isGone: false, ...changes };
}

async function claimOne(): Promise<DueDelivery> {
  const [due] = await claimed(1);
  if (!due) throw new Error('nothing is due');
  return due;
}

async function fail(changes: Partial<FailedAttempt> = {}) {
  return queue.failed(await claimOne(), failure(changes), limits);
}

const execute = (sql: string) => database.dataSource.query(sql);

describe('a due delivery', () => {
  it('goes to the URL of the request and to each endpoint of its owner that is registered for the event', async () => {
    const { endpoint } = await register();
    await register(testCaller, ['response.failed']);
    await register(otherCaller);
    await endedWith('https://a.example.com/');
    const due = await claimed();
    expect(due.map(({ endpointId }) => endpointId).sort()).toEqual([endpoint.id, null].sort());
    expect(new Set(due.map(({ eventId }) => eventId)).size).toBe(1);
    expect(new Set(due.map(({ id }) => id)).size).toBe(2);
  });

  it('is claimed host by host, up to the bound of each host', async () => {
    const busy = Array.from({ length: 6 }, () => 'https://busy.example.com/');
    await endedWith(...busy, 'https://a.example.com/', 'https://b.example.com/');
    expect(hostsOf(await claimed(3))).toEqual(['a.example.com', 'b.example.com', 'busy.example.com']);
    expect(hostsOf(await claimed())).toEqual(['busy.example.com']);
    expect(await claimed()).toEqual([]);
  });

  it('is claimed up to the bytes of the responses, and one in any case', async () => {
    await endedWith('https://a.example.com/', 'https://b.example.com/', 'https://c.example.com/');
    const [first] = await claimed(10, 1);
    expect(first?.bytes).toBeGreaterThan(500);
    expect(await claimed(10, (first?.bytes ?? 0) + 1)).toHaveLength(2);
    expect(await claimed()).toEqual([]);
  });

  it('is claimed once, by one of many workers', async () => {
    await endedWith('https://a.example.com/', 'https://b.example.com/', 'https://c.example.com/');
    const taken = (await Promise.all(Array.from({ length: 8 }, () => claimed()))).flat();
    expect(new Set(taken.map(({ id }) => id)).size).toBe(3);
    expect(taken).toHaveLength(3);
  });

  it('is due again when its claim expires, and a late attempt settles nothing', async () => {
    await endedWith('https://a.example.com/');
    const first = await claimOne();
    await execute(
      `update responses.webhook_deliveries set claimed_until = clock_timestamp() - interval '1 s'`,
    );
    const second = await claimOne();
    expect(second).toEqual({ ...first, attempt: 2 });
    expect(await queue.delivered(first, attemptWith(200), limits)).toBe(false);
    expect(await queue.delivered(second, attemptWith(200), limits)).toBe(true);
  });

  it('is removed with its response', async () => {
    const [id = ''] = await endedWith('https://a.example.com/');
    expect(await stores.responses.delete(testCaller, id)).toBe(true);
    expect(await claimed()).toEqual([]);
  });
});

describe('a host that fails', () => {
  const down = 'https://down.example.com/';

  it('rests, then gets one attempt at a time, until one succeeds', async () => {
    await endedWith(down, down, down, 'https://up.example.com/');
    for (let i = 0; i < limits.hostFailuresMax; i++) {
      const due = (await claimed()).find(({ host }) => host === 'down.example.com');
      if (!due) throw new Error('nothing is due');
      await execute('update responses.webhook_deliveries set claimed_until = null');
      await queue.failed(due, failure(), limits);
    }
    expect(hostsOf(await claimed())).toEqual(['up.example.com']);

    await execute(`update responses.webhook_hosts set resting_until = clock_timestamp()`);
    const probe = await claimOne();
    expect(await claimed()).toEqual([]);
    await queue.delivered(probe, attemptWith(200), limits);
    expect(hostsOf(await claimed())).toEqual(['down.example.com', 'down.example.com']);
  });

  it('counts as working after any answer that concerns the request only', async () => {
    await endedWith(down);
    for (let i = 0; i < limits.hostFailuresMax * 2; i++)
      await fail(i % 2 ? { status: 404, fault: 'request' } : { status: null, fault: 'host' });
    expect(await claimed()).toHaveLength(1);
  });

  it('does not keep its deliveries for ever', async () => {
    await endedWith(down, down);
    await execute(`update responses.webhook_deliveries set next_at = next_at - interval '6 days'`);
    await fail({ retryInMs: 1_000 });
    const rows = await database.dataSource.query<{ dead: boolean }[]>(
      'select dead_at is not null as dead from responses.webhook_deliveries order by dead_at nulls last',
    );
    expect(rows).toEqual([{ dead: true }, { dead: false }]);
  });
});

describe('a receiver that fails', () => {
  const broken = 'https://shared.example.com/broken';
  const works = 'https://shared.example.com/works';
  const attempt = async (url: string, changes: Partial<FailedAttempt>) => {
    const due = (await claimed()).find((delivery) => delivery.url === url);
    if (!due) throw new Error('nothing is due');
    await execute('update responses.webhook_deliveries set claimed_until = null');
    await queue.failed(due, failure(changes), limits);
  };

  it('rests alone: other receivers at its host are not delayed', async () => {
    await endedWith(broken, broken, broken, works);
    for (let i = 0; i < limits.hostFailuresMax; i++) await attempt(broken, { fault: 'receiver' });
    expect((await claimed()).map(({ url }) => url)).toEqual([works]);

    await endedWith(broken, works);
    await execute(`update responses.webhook_receivers set resting_until = clock_timestamp()`);
    const probe = (await claimed()).find(({ url }) => url === broken);
    if (!probe) throw new Error('nothing is due');
    await execute(`update responses.webhook_deliveries set claimed_until = null where id <> '${probe.id}'`);
    expect((await claimed()).map(({ url }) => url)).toEqual([works]);
    await queue.delivered(probe, attemptWith(200), limits);
    await execute(`update responses.webhook_deliveries set claimed_until = null`);
    expect((await claimed()).map(({ url }) => url)).toContain(broken);
  });

  it('belongs to one caller: the same URL of another caller is another receiver', async () => {
    await endedWith(broken);
    for (let i = 0; i < limits.hostFailuresMax; i++) await attempt(broken, { fault: 'receiver' });
    expect(await claimed()).toEqual([]);
    await endedOf(otherCaller, broken);
    expect(await claimed()).toMatchObject([{ userId: otherCaller.userId, url: broken }]);
  });

  it('counts as working after an answer that concerns the request, and gets one attempt at a time while it fails', async () => {
    await endedWith(broken, broken);
    await attempt(broken, { fault: 'receiver' });
    expect(await claimed()).toHaveLength(1);
    await execute('update responses.webhook_deliveries set claimed_until = null');
    await attempt(broken, { status: 404, fault: 'request' });
    expect(await claimed()).toHaveLength(2);
  });

  it('gets its turn at a host with many deliveries of another receiver', async () => {
    await endedWith(...Array.from({ length: 6 }, () => broken), works);
    expect((await claimed()).map(({ url }) => url).sort()).toEqual([broken, works]);
  });

  it('does not delay another caller, also with many deliveries', async () => {
    await endedWith(...Array.from({ length: 6 }, (_, i) => `${broken}/${i}`));
    const [first] = await claimed();
    await endedOf(otherCaller, works);
    // The first caller's attempts have both places of the host, until one of them is settled.
    expect(await claimed()).toEqual([]);
    if (!first) throw new Error('nothing is due');
    await queue.failed(first, failure({ fault: 'receiver' }), limits);
    expect(await claimed()).toMatchObject([{ userId: otherCaller.userId, url: works }]);
  });

  it('does not delay another caller, also with deliveries to many hosts', async () => {
    await endedWith(...Array.from({ length: 4 }, (_, i) => `https://slow-${i}.example.com/hook`));
    expect(await claimed(2)).toHaveLength(2);
    await endedOf(otherCaller, works);
    expect(await claimed(1)).toMatchObject([{ userId: otherCaller.userId, url: works }]);
  });
});

describe('an endpoint', () => {
  it('is disabled after a 410, and gets no more deliveries', async () => {
    const { endpoint } = await register();
    await endedWith(null, null);
    expect(await fail({ status: 410, isGone: true, retryInMs: null, fault: 'request' })).toBe('gone');
    expect(await endpoints.find(testCaller, endpoint.id)).toMatchObject({
      isEnabled: false,
      disabledReason: 'gone',
    });
    await endedWith(null);
    expect(await claimed()).toEqual([]);
    const all = await deliveries.list(testCaller, endpoint.id, { after: null, countMax: 10 });
    expect(all.map(({ deadAt }) => deadAt !== null)).toEqual([true, true]);
  });

  it('is disabled when a delivery is given up after days of failures', async () => {
    const { endpoint } = await register();
    await endedWith(null);
    expect(await fail()).toBeNull();
    await execute(`update responses.webhook_endpoints set failing_since = failing_since - interval '6 days'`);
    expect(await fail()).toBeNull();
    expect(await fail({ retryInMs: null })).toBe('failing');
    await endpoints.change(testCaller, endpoint.id, { isEnabled: true });
    expect(await endpoints.find(testCaller, endpoint.id)).toMatchObject({
      disabledReason: null,
      failingSince: null,
    });
  });

  it('does not count as failing after a success', async () => {
    const { endpoint } = await register();
    await endedWith(null);
    await fail();
    await queue.delivered(await claimOne(), attemptWith(204), limits);
    expect((await endpoints.find(testCaller, endpoint.id)).failingSince).toBeNull();
  });

  it('gets its pending deliveries at its new URL', async () => {
    const { endpoint } = await register();
    await endedWith(null);
    await endpoints.change(testCaller, endpoint.id, { url: 'https://new.example.com/hook' });
    expect(await claimOne()).toMatchObject({ url: 'https://new.example.com/hook', host: 'new.example.com' });
  });

  it('signs with the old secret as well while it is being replaced', async () => {
    const { endpoint, secret } = await register();
    const { secret: next } = await endpoints.rotateSecret(testCaller, endpoint.id, 60_000);
    expect(await endpoints.signingSecrets(endpoint.id)).toEqual([next, secret]);
    const { secret: last } = await endpoints.rotateSecret(testCaller, endpoint.id, 0);
    expect(await endpoints.signingSecrets(endpoint.id)).toEqual([last]);
  });

  it('is one of a bounded number, also when many are registered at the same time', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => register()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('belongs to its owner', async () => {
    const { endpoint } = await register();
    await endedWith(null);
    const [delivery] = await deliveries.list(testCaller, endpoint.id, { after: null, countMax: 1 });
    await expect(endpoints.find(otherCaller, endpoint.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(endpoints.change(otherCaller, endpoint.id, { name: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(endpoints.remove(otherCaller, endpoint.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(endpoints.rotateSecret(otherCaller, endpoint.id, 0)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await deliveries.list(otherCaller, endpoint.id, { after: null, countMax: 1 })).toEqual([]);
    await expect(deliveries.redeliver(otherCaller, delivery?.id ?? newId('delivery'))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a delivery that its caller repeats', () => {
  it('is due under the same id, with all its attempts', async () => {
    await register();
    await endedWith(null);
    const first = await claimOne();
    await expect(deliveries.redeliver(testCaller, first.id)).rejects.toMatchObject({
      code: 'conflict',
    });
    await queue.delivered(first, attemptWith(200), limits);
    await deliveries.redeliver(testCaller, first.id);
    expect(await claimOne()).toEqual(first);
  });
});
