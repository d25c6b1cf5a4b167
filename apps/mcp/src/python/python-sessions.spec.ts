import type { Caller } from '@antiphon/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { testUser } from '../testing/call.ts';
import type { PythonProcess } from './process/python-process.ts';
import type { PythonAnswer } from './python-runner.ts';
import { PythonSessions } from './python-sessions.ts';

/** A process that counts its calls instead of running them. */
class CountingProcess {
  isAlive = true;
  calls = 0;

  end(): void {
    this.isAlive = false;
  }
}

const other: Caller = { ...testUser, userId: 'user_2' };
const sessionIdleMs = 60_000;
const { signal } = new AbortController();
let started: CountingProcess[];
let calls = 0;

beforeEach(() => {
  started = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function create(limits: { sessionsMax: number; sessionsPerCallerMax: number }): PythonSessions {
  return new PythonSessions({ ...limits, sessionIdleMs }, () => {
    const process = new CountingProcess();
    started.push(process);
    return Promise.resolve(process as unknown as PythonProcess); // sessions use no other members
  });
}

/** Runs a call; returns how many calls its process has run with it. */
async function run(sessions: PythonSessions, sessionId: string, caller = testUser): Promise<string | null> {
  const idempotencyKey = String((calls += 1));
  const call = { caller, code: '', sessionId, idempotencyKey, memoryMb: null, data: null };
  const count = (process: PythonProcess): Promise<PythonAnswer> => {
    const counting = process as unknown as CountingProcess; // made above
    const result = String((counting.calls += 1));
    const answer = {
      stdout: '',
      stderr: '',
      result,
      error: null,
      durationMs: 0,
      isFresh: false,
      changes: null,
    };
    return Promise.resolve(answer);
  };
  return (await sessions.run(call, count, signal)).result;
}

it('are limited, and a caller takes no session of another', async () => {
  const sessions = create({ sessionsMax: 2, sessionsPerCallerMax: 1 });
  await run(sessions, 'mine');
  await run(sessions, 'theirs', other);
  const third = { ...testUser, userId: 'user_3' };
  await expect(run(sessions, 'more', third)).rejects.toMatchObject({ code: 'unavailable' });
  await run(sessions, 'mine-too');
  expect(started.map(({ isAlive }) => isAlive)).toEqual([false, true, true]);
  expect(await run(sessions, 'theirs', other)).toBe('2');
  expect(await run(sessions, 'mine')).toBe('1');
});

it('end when they are idle', async () => {
  const sessions = create({ sessionsMax: 2, sessionsPerCallerMax: 2 });
  await run(sessions, 'a');
  await vi.advanceTimersByTimeAsync(sessionIdleMs - 1);
  expect(await run(sessions, 'a')).toBe('2');
  await vi.advanceTimersByTimeAsync(sessionIdleMs);
  expect(started.map(({ isAlive }) => isAlive)).toEqual([false]);
  expect(await run(sessions, 'a')).toBe('1');
});
