import { type Caller } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import { SecretBox } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { deliveryLimits as limits } from '../testing/delivery-limits.ts';
import { newResponse } from '../testing/new-response.ts';
import { responsesDatabase } from '../testing/responses-database.ts';
import type { DeliveryFilter } from './delivery-list.ts';
import { DeliveryQueue, type DueDelivery } from './delivery-queue.ts';
import { DeliveryStore } from './delivery.store.ts';
import { EndpointStore } from './endpoint.store.ts';
import { webhookEventTypes } from './webhook-endpoint.ts';

const otherCaller: Caller = { ...testCaller, userId: 'user_b' };
const { database, storesWith } = await responsesDatabase();
const { responses, leases } = storesWith();
const queue = new DeliveryQueue(database.dataSource);
const deliveries = new DeliveryStore(database.dataSource);
const box = SecretBox.from(Buffer.alloc(32, 7).toString('base64'));
const endpoints = new EndpointStore(database.dataSource, box, { perUserMax: 2 });

/** Ends a background response of a caller with this webhook URL. Returns its id. */
async function endedWith(webhookUrl: string, { userId } = testCaller): Promise<string> {
  await responses.insert(newResponse({ status: 'queued', background: true, webhookUrl, userId }));
  const [claim] = await leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  await leases.finish(claim.lease, { ...claim.response, status: 'completed' });
  return claim.response.id;
}

async function claimOne(): Promise<DueDelivery> {
  const [due] = await queue.claim({ countMax: 1, bytesMax: 1_000_000 }, 30_000, limits);
  if (!due) throw new Error('nothing is due');
  return due;
}

const attemptWith = (status: number) => ({ status, sentAtMs: 1_700_000_000_000, durationMs: 12.4 });
const failedWith = (retryInMs: number | null) => ({
  ...attemptWith(500),
  error: 'The receiver answered 500.',
  retryInMs,
  fault: 'request' as const,
  isGone: false,
});

const everything = {
  status: null,
  responseId: null,
  endpointId: null,
  url: null,
  createdFromMs: null,
  createdBeforeMs: null,
  after: null,
  limit: 10,
};

describe('the deliveries of a caller', () => {
  const listed = async (filter: Partial<DeliveryFilter> = {}, caller = testCaller) => {
    const page = await deliveries.listAll(caller, { ...everything, ...filter });
    return page.deliveries.map(({ url }) => new URL(url).pathname);
  };

  it('are listed over all endpoints and URLs, page by page and by filter', async () => {
    const { endpoint } = await endpoints.add(testCaller, {
      name: '',
      description: null,
      url: 'https://hooks.example.com/all',
      eventTypes: [...webhookEventTypes],
      isEnabled: true,
    });
    const first = await endedWith('https://a.example.com/one');
    await endedWith('https://b.example.com/two');
    await endedWith('https://a.example.com/other', otherCaller);
    const all = await listed();
    expect(all.toSorted()).toEqual(['/all', '/all', '/one', '/two']);
    expect(all.slice(0, 2).toSorted()).toEqual(['/all', '/two']);
    const pages: string[] = [];
    for (let after: string | null = null, hasMore = true; hasMore;) {
      const page = await deliveries.listAll(testCaller, { ...everything, limit: 3, after });
      pages.push(...page.deliveries.map(({ url }) => new URL(url).pathname));
      after = page.deliveries.at(-1)?.id ?? null;
      hasMore = page.hasMore;
    }
    expect(pages).toEqual(all);
    expect(await listed({ responseId: first })).toHaveLength(2);
    expect(await listed({ endpointId: endpoint.id })).toEqual(['/all', '/all']);
    expect(await listed({ url: 'b.example' })).toEqual(['/two']);
    expect(await listed({ createdFromMs: Date.now() + 60_000 })).toEqual([]);
    expect(await listed({ createdBeforeMs: Date.now() + 60_000, status: 'pending' })).toHaveLength(4);
    await queue.failed(await claimOne(), failedWith(null), limits);
    await queue.delivered(await claimOne(), attemptWith(200), limits);
    expect([await listed({ status: 'failed' }), await listed({ status: 'delivered' })]).toMatchObject([
      { length: 1 },
      { length: 1 },
    ]);
  });

  it('belong to their owner', async () => {
    await endedWith('https://a.example.com/one');
    const { id } = await claimOne();
    for (const attempt of [
      () => deliveries.find(otherCaller, id),
      () => deliveries.redeliver(otherCaller, id),
      () => deliveries.find(testCaller, 'wh_1; drop'),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    await expect(listed({ after: id }, otherCaller)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('have their last attempts, also those before they were repeated', async () => {
    await endedWith('https://a.example.com/one');
    await queue.failed(await claimOne(), failedWith(0), limits);
    const second = await claimOne();
    await queue.delivered(second, attemptWith(200), limits);
    const { id } = await deliveries.redeliver(testCaller, second.id);
    const kept = { ...limits, attemptsKept: 2 };
    await queue.delivered(await claimOne(), attemptWith(204), kept);
    expect(await queue.delivered(second, attemptWith(299), kept)).toBe(false);
    expect(await deliveries.attempts(await deliveries.find(testCaller, id))).toEqual([
      {
        number: 2,
        url: second.url,
        sentAt: new Date(1_700_000_000_000),
        durationMs: 12,
        status: 200,
        error: null,
      },
      expect.objectContaining({ number: 3, status: 204 }),
    ]);
  });
});
