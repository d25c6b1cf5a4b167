import type { Caller, ImagePiece, ModelDelta } from '@antiphon/contracts';
import { fail, hang, ScriptedProvider, text, wait } from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { StrictImages } from '../protocols/openai-images/__fixtures__/strict-images.ts';
import type { ModelRoute } from '../provider-config/provider-settings.ts';
import { connectTo } from '../providers/__fixtures__/connect.ts';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';
import type { HttpProvider } from '../providers/http-provider.ts';
import { ModelHealth } from './health/model-health.ts';
import { ModelCatalog } from './model-catalog.ts';
import { ModelRouter } from './model-router.ts';
import { ProviderRooms, type RoomLimits } from './rooms/provider-rooms.ts';

const caller: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'user', scopes: [] };
const never = new AbortController().signal;
const config = loadConfig({}, { providers: { backoff_min: '1ms', backoff_max: '1ms' } });
const narrow: RoomLimits = { concurrencyMax: 1, queueMax: 8, queueWaitMs: 60_000 };
let red: ScriptedProvider;
let blue: ScriptedProvider;
let providers: HttpProvider[];
let rooms: ProviderRooms;

beforeEach(async () => {
  red = await ScriptedProvider.start(() => [text('I am red.')]);
  blue = await ScriptedProvider.start(() => [text('I am blue.')]);
  providers = [];
  rooms = new ProviderRooms();
});

afterEach(async () => {
  await Promise.all(providers.map((provider) => provider.close()));
  await Promise.all([red.stop(), blue.stop()]);
});

/** A router with the name `smart` for red and then blue, which have this room. */
function createRouter(redRoom: RoomLimits, blueRoom: RoomLimits, timeoutMs = 60_000) {
  providers = [
    connectTo(red.baseUrl, { name: 'red', room: redRoom }),
    connectTo(blue.baseUrl, { name: 'blue', room: blueRoom }),
  ];
  const route = ['red', 'blue'].map((name) => ({ to: `${name}/scripted-model`, weight: 1 }));
  const smart: ModelRoute = { route, fallback: [], select: 'order', fallbackOn: [] };
  const inUse = { providers, weights: new Map<string, number>(), models: new Map([['smart', smart]]) };
  const catalog = new ModelCatalog(inUse, config.models);
  const health = new ModelHealth(config.health);
  const router = new ModelRouter(inUse, catalog, health, { ...config.attempts, timeoutMs }, { rooms });
  return { router, health, catalog };
}

async function ask(router: ModelRouter, model = 'smart', signal = never): Promise<string> {
  const deltas: ModelDelta[] = [];
  for await (const burst of router.ask(modelRequest('Hi', { model }), signal)) deltas.push(...burst);
  return deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');
}

async function piecesOf(answer: AsyncIterable<ImagePiece[]>): Promise<ImagePiece[]> {
  const pieces: ImagePiece[] = [];
  for await (const burst of answer) pieces.push(...burst);
  return pieces;
}

const waiting = (name: string, count: number) =>
  vi.waitFor(() => expect(rooms.waitingAt(name)).toBe(count), { interval: 1, timeout: 15_000 });

it('is used only where no target has room', async () => {
  const { router } = createRouter(narrow, { ...narrow, concurrencyMax: 2 });
  const gate = Promise.withResolvers<void>();
  red.script = () => [wait(gate.promise), text('I am red.')];
  const first = ask(router);
  await red.call(0);
  expect(await ask(router)).toBe('I am blue.');
  gate.resolve();
  expect(await first).toBe('I am red.');
});

it('answers in the order of the requests, at the first provider that has room again', async () => {
  const { router } = createRouter(narrow, narrow);
  const gates = [red, blue].map((server) => {
    const gate = Promise.withResolvers<void>();
    server.script = () => [wait(gate.promise), text(server === red ? 'I am red.' : 'I am blue.')];
    return gate;
  });
  const underWay = [ask(router)];
  await red.call(0);
  underWay.push(ask(router));
  await blue.call(0);
  const order: string[] = [];
  const next = ask(router).finally(() => order.push('next'));
  await waiting('red', 1);
  const last = ask(router, 'red/scripted-model').finally(() => order.push('last'));
  await waiting('red', 2);
  gates[1]?.resolve();
  expect(await next).toBe('I am blue.');
  gates[0]?.resolve();
  expect(await last).toBe('I am red.');
  expect(await Promise.all(underWay)).toEqual(['I am red.', 'I am blue.']);
  expect(order).toEqual(['next', 'last']);
});

it('leads on to another target where the provider fails', async () => {
  const { router } = createRouter(narrow, narrow);
  const gate = Promise.withResolvers<void>();
  red.script = () => [wait(gate.promise), text('I am red.')];
  blue.script = () => [fail(500)];
  const first = ask(router);
  await red.call(0);
  const second = ask(router);
  await waiting('red', 1);
  gate.resolve();
  expect(await Promise.all([first, second])).toEqual(['I am red.', 'I am red.']);
});

describe('a request that gets no place', () => {
  const busy = expect.objectContaining({
    code: 'rate_limited',
    message: expect.stringContaining('provider red') as string,
  }) as Error;

  it.each([
    ['where nothing may wait', { ...narrow, queueMax: 0 }],
    ['after its wait', { ...narrow, queueWaitMs: 1 }],
  ])('is refused %s, without an attempt', async (_what, room) => {
    const { router, health } = createRouter(room, room);
    red.script = () => [hang()];
    const abort = new AbortController();
    const first = ask(router, 'red/scripted-model', abort.signal);
    await red.call(0);
    await expect(ask(router, 'red/scripted-model')).rejects.toEqual(busy);
    expect(red.calls).toHaveLength(1);
    expect(health.stateOf('red')).toMatchObject({ underWay: 1, cooldowns: [] });
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    red.script = () => [text('I am red.')];
    expect(await ask(router, 'red/scripted-model')).toBe('I am red.');
  });

  it('leaves the queue where its caller leaves, or its deadline passes', async () => {
    const { router } = createRouter(narrow, narrow, 50);
    red.script = () => [text('Half'), hang()];
    const [abort, other] = [new AbortController(), new AbortController()];
    const first = ask(router, 'red/scripted-model', abort.signal);
    await red.call(0);
    const gone = ask(router, 'red/scripted-model', other.signal);
    const late = ask(router, 'red/scripted-model');
    await waiting('red', 2);
    other.abort();
    await expect(gone).rejects.toMatchObject({ code: 'cancelled' });
    await expect(late).rejects.toMatchObject({ message: expect.stringContaining('within') as string });
    expect([rooms.waitingAt('red'), red.calls.length]).toEqual([0, 1]);
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('ends the wait for a provider that is removed, and goes on to the others', async () => {
  const { router, catalog } = createRouter(narrow, narrow);
  const gate = Promise.withResolvers<void>();
  red.script = () => [wait(gate.promise), text('I am red.')];
  blue.script = () => [hang(), text('I am blue.')];
  const first = ask(router);
  await red.call(0);
  const abort = new AbortController();
  const second = ask(router, 'blue/scripted-model', abort.signal);
  await blue.call(0);
  const third = ask(router);
  await waiting('red', 1);
  const [, kept] = providers;
  const inUse = { providers: kept ? [kept] : [], weights: new Map<string, number>(), models: new Map() };
  catalog.use(inUse);
  router.use(inUse);
  await waiting('blue', 1);
  blue.script = () => [text('I am blue.')];
  abort.abort();
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  expect(await third).toBe('I am blue.');
  gate.resolve();
  expect(await first).toBe('I am red.');
});

it('holds requests for images, which leave their place at any end', async () => {
  const maker = await StrictImages.start();
  const provider = connectTo(maker.baseUrl, {
    name: 'red',
    room: narrow,
    quirks: { preset: null, settings: { images: true } },
  });
  providers = [provider];
  const inUse = { providers, weights: new Map<string, number>(), models: new Map() };
  const catalog = new ModelCatalog(inUse, config.models);
  const router = new ModelRouter(inUse, catalog, new ModelHealth(config.health), config.attempts, { rooms });
  const request = { prompt: 'A house', count: 1, images: [], mask: null, partialImages: 0, options: {} };
  const make = () => router.makeImages({ ...request, caller, model: 'red/gpt-image-1' }, never);
  const abandoned = make();
  expect((await abandoned.next()).value).toMatchObject([{ type: 'image' }]);
  const next = piecesOf(make());
  await waiting('red', 1);
  await abandoned.return(undefined);
  expect((await next).map(({ type }) => type)).toEqual(['image', 'end']);
  expect(rooms.tryEnter('red')).not.toBeNull();
  await maker.stop();
});
