import { beforeEach, expect, it } from 'vitest';
import { ByteRoom } from './byte-room.ts';

const sizes = { bytesMax: 100, holderBytesMax: 60, smallBytes: 10, waitingMax: 2 };
let room: ByteRoom;
beforeEach(() => {
  room = new ByteRoom(sizes);
});

it('gives room up to its size, and to each holder up to a share', () => {
  expect(room.tryTake(40, 'a')).not.toBeNull();
  expect(room.tryTake(40, 'a')).toBeNull();
  expect(room.tryTake(60, 'b')).not.toBeNull();
  expect(room.tryTake(20, 'c')).toBeNull();
  expect(room.tryTake(9, 'c')).not.toBeNull();
});

it('admits data larger than its size when it is empty', () => {
  const release = room.tryTake(500, 'a');
  expect(release).not.toBeNull();
  expect(room.tryTake(10, 'b')).toBeNull();
  release?.();
  expect(room.tryTake(10, 'b')).not.toBeNull();
});

it('makes a holder wait for its own share, and lets others pass', async () => {
  const order: string[] = [];
  const first = room.tryTake(50, 'a');
  const second = room.take(50, 'a').then(() => order.push('a'));
  // The later one would fit, but waits for the earlier one of its holder.
  const third = room.take(10, 'a').then(() => order.push('a, small'));
  expect(await room.take(40, 'b')).toBeDefined();
  expect(order).toEqual([]);
  first?.();
  first?.();
  await Promise.all([second, third]);
  expect(order).toEqual(['a', 'a, small']);
});

it('refuses after its time, and where too many wait', async () => {
  const hasty = new ByteRoom(sizes, 1);
  const release = hasty.tryTake(100, 'a');
  const attempts = await Promise.allSettled(['b', 'c', 'd'].map((holder) => hasty.take(10, holder)));
  for (const attempt of attempts)
    expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'rate_limited' } });
  release?.();
  expect(await hasty.take(10, 'b')).toBeDefined();
});
