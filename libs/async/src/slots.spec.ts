import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

describe('Slots', () => {
  it('has room while neither count nor weight is used up', async () => {
    const slots = new Slots(2, 10);
    const held = Promise.withResolvers<void>();
    const first = slots.run(() => held.promise, 4);
    expect(slots.free).toEqual({ countMax: 1, weightMax: 6 });
    const heavy = slots.run(async () => undefined, 8);
    expect(slots.hasRoom).toBe(false);
    await heavy;
    expect(slots.hasRoom).toBe(true);
    held.resolve();
    await first;
    expect(slots.free).toEqual({ countMax: 2, weightMax: 10 });
  });

  it('frees the slot of work that fails', async () => {
    const slots = new Slots(1);
    await expect(slots.run(async () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(slots.count).toBe(0);
  });

  it('is idle once its work has settled', async () => {
    const slots = new Slots(2);
    const held = Promise.withResolvers<void>();
    void slots.run(() => held.promise).catch(() => undefined);
    const idle = slots.idle().then(() => slots.count);
    held.reject(new Error('failed'));
    expect(await idle).toBe(0);
  });
});
