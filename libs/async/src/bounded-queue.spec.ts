import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

describe('BoundedQueue', () => {
  it('gives items in order, then the end', async () => {
    const queue = new BoundedQueue<number>(2);
    const first = queue.next();
    queue.push(1);
    expect(await first).toBe(1);
    queue.push(2);
    queue.push(3);
    queue.end();
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([2, 3, undefined]);
  });

  it('refuses an item beyond its bound', () => {
    const queue = new BoundedQueue<number>(1);
    queue.push(1);
    expect(() => queue.push(2)).toThrow(RangeError);
  });

  it('gives the items before a failure, then the failure, whatever comes after', async () => {
    const queue = new BoundedQueue<number>(1);
    queue.push(1);
    queue.fail(new Error('broken'));
    queue.end();
    expect(await queue.next()).toBe(1);
    await expect(queue.next()).rejects.toThrow('broken');
  });

  it('drops its items at an abort', async () => {
    const queue = new BoundedQueue<number>(1);
    queue.push(1);
    queue.abort(new Error('left'));
    await expect(queue.next()).rejects.toThrow('left');
  });
});
