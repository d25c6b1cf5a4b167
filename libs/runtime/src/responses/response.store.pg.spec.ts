import { newId, type RequestServer, type Response, type ResponseFilter } from '@antiphon/contracts';
import { plainSettings, testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { deliveryLimits } from '../testing/delivery-limits.ts';
import { newResponse, queued, saying, otherCaller } from '../testing/new-response.ts';
import { DeliveryQueue } from '../webhooks/delivery-queue.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();

async function claimOne(from = stores) {
  const [claim] = await from.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return claim;
}

it('keeps the order of the fields of the request: a model answers in the order of its schema', async () => {
  const schema = { type: 'object', properties: { reasons: { type: 'array' }, a: { type: 'string' } } };
  const response = queued({
    metadata: { zebra: '1', ant: '2' },
    clientTools: [{ executor: 'client', name: 'f', description: null, parameters: schema, strict: null }],
    settings: {
      ...plainSettings,
      textFormat: { type: 'json_schema', name: 'n', description: null, schema, strict: true },
    },
  });
  await stores.responses.insert(response);
  const stored = await stores.responses.find(testCaller, response.id);
  expect(stored).toEqual(response);
  const written = ({ metadata, clientTools, settings }: Response) =>
    JSON.stringify([metadata, clientTools, settings.textFormat]);
  expect(stored && written(stored)).toBe(written(response));
});

it('reads long outputs of calls as their beginnings, and one of them as a whole', async () => {
  const long = 'é'.repeat(3_000);
  const outputs = {
    call_long: long,
    call_short: 'short',
    call_parts: [{ type: 'text' as const, text: long }],
  };
  const response = newResponse({
    status: 'completed',
    output: Object.entries(outputs).map(([callId, output]) => ({
      type: 'function_call_output',
      id: `fco_${callId}`,
      callId,
      output,
      status: 'completed',
    })),
  });
  await stores.responses.insert(response);
  const { id } = response;
  const short = await stores.responses.findShort(testCaller, id);
  expect(short).toEqual({
    ...response,
    output: [
      { ...response.output[0], output: 'é'.repeat(2_000), wholeBytes: 6_000 },
      response.output[1],
      response.output[2],
    ],
  });
  const filter = { statuses: null, model: null, conversationId: null, metadata: {}, after: null } as const;
  const page = await stores.responses.list(testCaller, { ...filter, isShort: true, limit: 1, order: 'desc' });
  expect(page?.responses).toEqual([short]);
  for (const [callId, output] of Object.entries(outputs))
    expect(await stores.responses.findOutput(testCaller, id, callId)).toEqual(output);
  expect(await stores.responses.findOutput(testCaller, id, 'call_none')).toBeNull();
  expect(await stores.responses.findOutput(otherCaller, id, 'call_short')).toBeNull();
  expect(await stores.responses.findShort(otherCaller, id)).toBeNull();
});

describe('a stored response', () => {
  it('is found as it was stored, by its owner only', async () => {
    const response = newResponse({
      status: 'completed',
      output: [saying('hi')],
      metadata: { a: { b: [1, null] } },
    });
    await stores.responses.insert(response);
    expect(await stores.responses.find(testCaller, response.id)).toEqual(response);
    expect(await stores.responses.find(otherCaller, response.id)).toBeNull();
    expect(await stores.responses.find(testCaller, "resp_' or 1=1 --")).toBeNull();
  });

  it('has U+FFFD in place of characters that PostgreSQL refuses', async () => {
    const response = newResponse({ status: 'completed', output: [saying('a\0b\ud83dc 😀 \\u0000')] });
    await stores.responses.insert(response);
    expect((await stores.responses.find(testCaller, response.id))?.output).toEqual([
      saying('a\ufffdb\ufffdc 😀 \\u0000'),
    ]);
  });

  it('is stored together with many others', async () => {
    const responses = Array.from({ length: 500 }, () => newResponse({ status: 'completed' }));
    await Promise.all(responses.map((response) => stores.responses.insert(response)));
    const found = await Promise.all(responses.map(({ id }) => stores.responses.find(testCaller, id)));
    expect(found).toEqual(responses);
  });

  it('is removed with its deliveries, by its owner only', async () => {
    await stores.responses.insert(queued({ webhookUrl: 'https://example.com/hook' }));
    const { lease, response } = await claimOne();
    await stores.leases.finish(lease, { ...response, status: 'completed' });
    expect(await stores.responses.delete(otherCaller, response.id)).toBe(false);
    expect(await stores.responses.delete(testCaller, response.id)).toBe(true);
    expect(await stores.responses.find(testCaller, response.id)).toBeNull();
    expect(
      await new DeliveryQueue(database.dataSource).claim(
        { countMax: 10, bytesMax: 1_000_000 },
        1_000,
        deliveryLimits,
      ),
    ).toEqual([]);
  });
});

it('stores the access to servers of a request while the run may call them, and no longer', async () => {
  const server: RequestServer = {
    label: 'docs',
    origin: 'https://docs.example',
    sealedAccess: 'v1.sealed',
    allowed: null,
    approval: { always: null, never: null, otherwise: 'always' },
  };
  const sealedIn = async (changes: Partial<Response>) => {
    const response = newResponse({ requestServers: [server], ...changes });
    await stores.responses.insert(response);
    return (await stores.responses.find(testCaller, response.id))?.requestServers[0]?.sealedAccess;
  };
  expect(await sealedIn({ status: 'queued', background: true })).toBe('v1.sealed');
  expect(await sealedIn({ status: 'requires_action', onPause: 'wait' })).toBe('v1.sealed');
  expect(await sealedIn({ status: 'requires_action', onPause: 'hand_back' })).toBeNull();
  expect(await sealedIn({ status: 'completed' })).toBeNull();
  expect(await sealedIn({ status: 'cancelled' })).toBeNull();
});

it('a page of responses ends before it has too many bytes, and has more', async () => {
  const large = (createdAt: number) =>
    newResponse({ status: 'completed', createdAt, output: [saying('x'.repeat(2_000))] });
  const [oldest, middle, newest] = [large(1_000), large(2_000), large(3_000)];
  await Promise.all([oldest, middle, newest].map((response) => stores.responses.insert(response)));
  const narrow = storesWith({ pageBytesMax: 8_000 });
  const all: ResponseFilter = {
    statuses: null,
    model: null,
    conversationId: null,
    metadata: {},
    after: null,
    limit: 100,
    order: 'desc',
  };
  const idsOf = (page: { responses: Response[]; hasMore: boolean } | null) =>
    page && { ids: page.responses.map(({ id }) => id), hasMore: page.hasMore };
  expect(idsOf(await narrow.responses.list(testCaller, all))).toEqual({
    ids: [newest.id, middle.id],
    hasMore: true,
  });
  expect(idsOf(await narrow.responses.list(testCaller, { ...all, after: middle.id }))).toEqual({
    ids: [oldest.id],
    hasMore: false,
  });
  const tiny = storesWith({ pageBytesMax: 100 });
  expect(idsOf(await tiny.responses.list(testCaller, all))).toEqual({ ids: [newest.id], hasMore: true });
  expect(idsOf(await stores.responses.list(testCaller, { ...all, limit: 3 }))?.hasMore).toBe(false);
});

describe('old responses', () => {
  const madeAgoMs = (ms: number, changes = {}) => {
    const createdAt = Date.now() - ms;
    return newResponse({ id: newId('response', createdAt), createdAt, status: 'completed', ...changes });
  };

  it('are removed when they are final, oldest first, up to the requested number', async () => {
    const [oldest, older, running, recent] = [
      madeAgoMs(90_000),
      madeAgoMs(80_000),
      madeAgoMs(100_000, { status: 'in_progress' }),
      madeAgoMs(30_000),
    ];
    for (const response of [recent, older, running, oldest]) await stores.responses.insert(response);
    const isThere = async () => {
      const found = await Promise.all(
        [oldest, older, running, recent].map(({ id }) => stores.responses.find(testCaller, id)),
      );
      return found.map((response) => response !== null);
    };
    expect(await stores.responses.removeOld(60_000, 1)).toBe(1);
    expect(await isThere()).toEqual([false, true, true, true]);
    expect(await stores.responses.removeOld(60_000, 10)).toBe(1);
    expect(await isThere()).toEqual([false, false, true, true]);
  });

  it('are removed although their calls were handed back, and kept while their caller may still decide', async () => {
    const [handedBack, waiting] = [
      madeAgoMs(90_000, { status: 'requires_action', onPause: 'hand_back' }),
      madeAgoMs(90_000, { status: 'requires_action', onPause: 'wait' }),
    ];
    for (const response of [handedBack, waiting]) await stores.responses.insert(response);
    expect(await stores.responses.removeOld(60_000, 10)).toBe(1);
    expect(await stores.responses.find(testCaller, handedBack.id)).toBeNull();
    expect(await stores.responses.find(testCaller, waiting.id)).not.toBeNull();
  });
});
