import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { type RetryClock, retryUntilFirst, type RetryPolicy } from './retry.ts';

const policy: RetryPolicy = {
  attemptsMax: 3,
  backoffMinMs: 500,
  backoffMaxMs: 8_000,
  retryAfterMaxMs: 30_000,
  isTransient: (error) => error instanceof AppError && error.retryable,
};

/** A clock that jumps, with a fixed random number. */
class JumpingClock implements RetryClock {
  readonly waitsMs: number[] = [];

  constructor(private readonly drawn = 1) {}

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.waitsMs.push(milliseconds);
    signal.throwIfAborted();
  }

  random(): number {
    return this.drawn;
  }
}

const never = new AbortController().signal;
const busy = (retryAfterMs?: number) => new AppError('rate_limited', 'busy', { retryAfterMs });

/** Streams that play one script after the other: values, then an error if the last entry is one. */
function scripted(...scripts: (string | Error)[][]) {
  let opened = 0;
  return {
    open: async () => play(scripts[opened++] ?? []),
    get opened() {
      return opened;
    },
  };
}

async function* play(script: (string | Error)[]): AsyncGenerator<string, undefined> {
  for (const step of script) {
    if (step instanceof Error) throw step;
    yield step;
  }
  return undefined;
}

async function read(stream: AsyncIterable<string>): Promise<string[]> {
  const values: string[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

describe('retryUntilFirst', () => {
  it('retries after temporary failures, and doubles the wait each time', async () => {
    const clock = new JumpingClock();
    const source = scripted([busy()], [busy()], ['a', 'b']);
    expect(await read(retryUntilFirst(source.open, policy, clock, never))).toEqual(['a', 'b']);
    expect(clock.waitsMs).toEqual([500, 1_000]);
  });

  it('waits a random part of that time, never longer than the maximum', async () => {
    const many = { ...policy, attemptsMax: 8 };
    const failures = Array.from({ length: 7 }, () => [busy()]);
    const half = new JumpingClock(0.5);
    await read(retryUntilFirst(scripted(...failures, ['a']).open, many, half, never));
    expect(half.waitsMs).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it('gives up after the last attempt, with its error', async () => {
    const source = scripted([busy()], [busy()], [busy(9)]);
    await expect(read(retryUntilFirst(source.open, policy, new JumpingClock(), never))).rejects.toMatchObject(
      { retryAfterMs: 9 },
    );
    expect(source.opened).toBe(3);
  });

  it('waits as long as the provider requests, within a bound', async () => {
    const clock = new JumpingClock();
    await read(retryUntilFirst(scripted([busy(20_000)], ['a']).open, policy, clock, never));
    expect(clock.waitsMs).toEqual([20_000]);

    const source = scripted([busy(31_000)], ['a']);
    await expect(read(retryUntilFirst(source.open, policy, clock, never))).rejects.toMatchObject({
      code: 'rate_limited',
    });
    expect(source.opened).toBe(1);
  });

  it('does not retry permanent failures', async () => {
    const source = scripted([new AppError('model_refused', 'no')], ['a']);
    await expect(read(retryUntilFirst(source.open, policy, new JumpingClock(), never))).rejects.toMatchObject(
      { code: 'model_refused' },
    );
    expect(source.opened).toBe(1);
  });

  it('repeats nothing after the first value was passed on', async () => {
    const source = scripted(['a', busy()], ['a', 'b']);
    const stream = retryUntilFirst(source.open, policy, new JumpingClock(), never);
    expect(await stream.next()).toEqual({ done: false, value: 'a' });
    await expect(stream.next()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(source.opened).toBe(1);
  });

  it('stops waiting when it is aborted', async () => {
    const abort = new AbortController();
    const source = scripted([busy()], ['a']);
    const clock: RetryClock = {
      random: () => 1,
      sleep: (_milliseconds, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('awake')))),
    };
    const waiting = retryUntilFirst(source.open, policy, clock, abort.signal).next();
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(waiting).rejects.toThrow('awake');
    expect(source.opened).toBe(1);
  });
});
