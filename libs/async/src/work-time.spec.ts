import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WorkTime } from './work-time.ts';

/** Lets the event loop begin a new turn: first timers, then messages. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('WorkTime', () => {
  it('is over after its time', async () => {
    const time = new WorkTime(1);
    time.start();
    await once(time.signal, 'abort');
  });

  it('is not over where the answer came while the process stood still', async () => {
    const time = new WorkTime(5);
    const { port1: here, port2: there } = new MessageChannel();
    here.once('message', () => time.end());
    await nextTurn();
    time.start();
    there.postMessage('answer');
    standStill(20);
    await nextTurn();
    await nextTurn();
    expect(time.signal.aborted).toBe(false);
    here.close();
  });
});
