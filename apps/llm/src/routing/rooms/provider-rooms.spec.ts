import { beforeEach, describe, expect, it } from 'vitest';
import { ProviderRooms, type RoomLimits } from './provider-rooms.ts';

const never = new AbortController().signal;
const narrow: RoomLimits = { concurrencyMax: 1, queueMax: 2, queueWaitMs: 60_000 };
let rooms: ProviderRooms;

beforeEach(() => {
  rooms = new ProviderRooms();
  rooms.use(
    new Map([
      ['red', narrow],
      ['blue', narrow],
    ]),
  );
});

const take = (provider: string) => rooms.tryEnter(provider) ?? expect.unreachable();

it('has room until as many requests are under way as may be', () => {
  const { leave } = take('red');
  expect(rooms.tryEnter('red')).toBeNull();
  leave();
  leave();
  take('red');
  expect(rooms.tryEnter('red')).toBeNull();
});

it('has any room at a provider without limits', () => {
  for (let i = 0; i < 10; i++) expect(rooms.tryEnter('demo')).not.toBeNull();
});

describe('the queue', () => {
  it('gives a free place to the first that waits, before a new request', async () => {
    const { leave } = take('red');
    const first = rooms.enter(['red'], never);
    const second = rooms.enter(['red'], never);
    leave();
    expect(rooms.tryEnter('red')).toBeNull();
    (await first)?.leave();
    expect((await second)?.provider).toBe('red');
    expect(rooms.waitingAt('red')).toBe(0);
  });

  it('waits at several providers for the first free place, and takes one', async () => {
    const [red, blue] = [take('red'), take('blue')];
    const entered = rooms.enter(['red', 'blue', 'red'], never);
    expect([rooms.waitingAt('red'), rooms.waitingAt('blue')]).toEqual([1, 1]);
    blue.leave();
    red.leave();
    expect((await entered)?.provider).toBe('blue');
    expect(rooms.waitingAt('red')).toBe(0);
    expect(rooms.tryEnter('red')).not.toBeNull();
  });

  it('has no place beyond its length', async () => {
    take('red');
    void rooms.enter(['red'], never);
    void rooms.enter(['red'], never);
    expect(await rooms.enter(['red'], never)).toBeNull();
  });

  it('ends a wait after its time', async () => {
    rooms.use(new Map([['red', { ...narrow, queueWaitMs: 1 }]]));
    take('red');
    expect(await rooms.enter(['red'], never)).toBeNull();
    expect(rooms.waitingAt('red')).toBe(0);
  });

  it('forgets a request that is aborted, also where a place becomes free at the same time', async () => {
    const { leave } = take('red');
    const abort = new AbortController();
    const entered = rooms.enter(['red'], abort.signal);
    abort.abort(new Error('gone'));
    leave();
    await expect(entered).rejects.toThrow('gone');
    expect(rooms.tryEnter('red')).not.toBeNull();
    await expect(rooms.enter(['red'], abort.signal)).rejects.toThrow('gone');
  });
});

describe('other limits', () => {
  it('count requests that were under way before', async () => {
    const { leave } = take('red');
    const waiting = rooms.enter(['red'], never);
    rooms.use(new Map([['red', { ...narrow, concurrencyMax: 2 }]]));
    expect((await waiting)?.provider).toBe('red');
    expect(rooms.tryEnter('red')).toBeNull();
    leave();
    expect(rooms.tryEnter('red')).not.toBeNull();
  });

  it('end the wait for a provider that is left out', async () => {
    take('red');
    const waiting = rooms.enter(['red'], never);
    rooms.use(new Map());
    expect((await waiting)?.provider).toBe('red');
  });
});
