import { describe, expect, it, onTestFinished } from 'vitest';
import { ClaimLoop, type ClaimLoopOptions } from './claim-loop.ts';
import { type FreeSlots, Slots } from './slots.ts';

/** Lets everything that is ready run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A loop over a list of waiting work, each piece of which runs until it is let go. */
function loopOver(waiting: string[], options: Partial<ClaimLoopOptions<string>> = {}) {
  const claims: FreeSlots[] = [];
  const running = new Map<string, PromiseWithResolvers<void>>();
  const errors: unknown[] = [];
  const loop = new ClaimLoop<string>({
    pollMs: 60_000,
    slots: new Slots(2),
    claim: async (free) => {
      claims.push(free);
      return waiting.splice(0, free.countMax);
    },
    run: (name) => {
      const held = Promise.withResolvers<void>();
      running.set(name, held);
      return held.promise.finally(() => running.delete(name));
    },
    onClaimError: (error) => errors.push(error),
    onRunError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(() => void loop.stop());
  return { loop, claims, running, errors };
}

describe('ClaimLoop', () => {
  it('claims at its start what fits into its slots, and more when one becomes free', async () => {
    const { loop, running, claims } = loopOver(['a', 'b', 'c']);
    loop.start();
    await settled();
    expect([...running.keys()]).toEqual(['a', 'b']);
    running.get('a')?.resolve();
    await settled();
    expect([...running.keys()]).toEqual(['b', 'c']);
    expect(claims.map(({ countMax }) => countMax)).toEqual([2, 1]);
  });

  it('claims again after a ring during a claim', async () => {
    const waiting: string[] = [];
    const asked = Promise.withResolvers<string[]>();
    let count = 0;
    const { loop, running } = loopOver(waiting, {
      claim: async () => (++count === 1 ? asked.promise : waiting.splice(0)),
    });
    loop.start();
    waiting.push('late');
    loop.ring();
    asked.resolve([]);
    await settled();
    expect([...running.keys()]).toEqual(['late']);
  });

  it('claims at every poll', async () => {
    const { loop, claims } = loopOver([], { pollMs: 1 });
    loop.start();
    while (claims.length < 3) await settled();
  });

  it('waits until work can run', async () => {
    let isReady = false;
    const { loop, claims } = loopOver([], { isReady: () => isReady });
    loop.start();
    await settled();
    expect(claims).toEqual([]);
    isReady = true;
    loop.ring();
    await settled();
    expect(claims).toHaveLength(1);
  });

  it('weighs its work', async () => {
    const { loop, claims, running } = loopOver(['heavy'], { slots: new Slots(2, 10), weightOf: () => 12 });
    loop.start();
    await settled();
    loop.ring();
    await settled();
    expect(claims).toHaveLength(1);
    running.get('heavy')?.resolve();
    await settled();
    expect(claims).toHaveLength(2);
  });

  it('claims again at once after a claim of the largest size', async () => {
    const { loop, claims, running } = loopOver(['a', 'b', 'c'], { slots: new Slots(8), claimMax: 2 });
    loop.start();
    await settled();
    expect([...running.keys()]).toEqual(['a', 'b', 'c']);
    expect(claims.map(({ countMax }) => countMax)).toEqual([2, 2]);
  });

  it('claims again when a piece of work becomes lighter', async () => {
    const waiting = ['a'];
    const weighed = Promise.withResolvers<void>();
    const { loop, claims } = loopOver(waiting, {
      slots: new Slots(2, 10),
      weightOf: () => 12,
      run: async (_name, setWeight) => {
        await weighed.promise;
        setWeight(3);
        await new Promise(() => undefined);
      },
    });
    loop.start();
    await settled();
    loop.ring();
    await settled();
    expect(claims).toHaveLength(1);
    weighed.resolve();
    await settled();
    expect(claims.at(-1)).toEqual({ countMax: 1, weightMax: 7 });
  });

  it('reports a failed claim and claims again at the next ring', async () => {
    let count = 0;
    const { loop, errors } = loopOver([], {
      claim: async () => {
        if (++count === 1) throw new Error('the database is away');
        return [];
      },
    });
    loop.start();
    await settled();
    expect(errors).toEqual([new Error('the database is away')]);
    loop.ring();
    await settled();
    expect(count).toBe(2);
  });

  it('reports failed work and frees its slot', async () => {
    const { loop, errors, running } = loopOver(['a'], { slots: new Slots(1) });
    loop.start();
    await settled();
    running.get('a')?.reject(new Error('broke off'));
    await settled();
    expect(errors).toEqual([new Error('broke off')]);
  });

  it('stops after the claim and the work under way', async () => {
    const asked = Promise.withResolvers<string[]>();
    const { loop, running } = loopOver([], { claim: () => asked.promise });
    loop.start();
    let hasStopped = false;
    const stopped = loop.stop().then(() => (hasStopped = true));
    asked.resolve(['a']);
    await settled();
    expect([[...running.keys()], hasStopped]).toEqual([['a'], false]);
    running.get('a')?.resolve();
    await stopped;
  });
});
