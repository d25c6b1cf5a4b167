import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortableIterator } from './abortable-iterator.ts';

const endless = (): AsyncIterator<number> => ({ next: () => new Promise(() => undefined) });

describe('an iterator until an abort', () => {
  it('yields the values and the errors of its source', async () => {
    const source = (async function* () {
      yield 1;
      throw new Error('failed');
    })();
    const iterator = new AbortableIterator(source, new AbortController().signal);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    await expect(iterator.next()).rejects.toThrow('failed');
  });

  it('rejects with the reason of an abort, while it waits and after', async () => {
    const controller = new AbortController();
    const iterator = new AbortableIterator(endless(), controller.signal);
    const waiting = iterator.next();
    controller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await expect(iterator.next()).rejects.toThrow('left');
  });

  it('ends its source and leaves no listener when it is closed', async () => {
    const { signal } = new AbortController();
    let isEnded = false;
    const source = {
      ...endless(),
      return: async () => ((isEnded = true), Promise.reject(new Error('late'))),
    };
    new AbortableIterator(source, signal).close();
    expect(isEnded).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
