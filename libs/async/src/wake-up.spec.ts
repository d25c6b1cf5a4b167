import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WakeUp } from './wake-up.ts';

describe('WakeUp', () => {
  it('wakes at a ring', async () => {
    const wakeUp = new WakeUp();
    const waiting = wakeUp.next(Infinity);
    wakeUp.ring();
    await waiting;
  });

  it('keeps a ring for the next wait, and several as one', async () => {
    const wakeUp = new WakeUp();
    wakeUp.ring();
    wakeUp.ring();
    await wakeUp.next(Infinity);
    let isAwake = false;
    const second = wakeUp.next(Infinity).then(() => (isAwake = true));
    await Promise.resolve();
    expect(isAwake).toBe(false);
    wakeUp.ring();
    await second;
  });

  it('wakes after its time', async () => {
    await new WakeUp().next(1);
  });

  it('wakes at an abort and leaves no listener on the signal', async () => {
    const wakeUp = new WakeUp();
    const controller = new AbortController();
    const waiting = wakeUp.next(Infinity, controller.signal);
    controller.abort();
    await waiting;
    await wakeUp.next(Infinity, controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});
