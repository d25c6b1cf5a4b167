import { describe, expect, it } from 'vitest';
import { type KeySchedule, neededKeysAt, nextKeyDue, signerAt } from './key-schedule.ts';

const day = 86_400_000;
const schedule: KeySchedule = { rotationMs: 30 * day, leadMs: day, retentionMs: 1_000_000 };
const keys = [
  { kid: 'first', signsFromMs: 0 },
  { kid: 'second', signsFromMs: 30 * day },
];

describe('the schedule of signing keys', () => {
  it('signs with a key until the start of the next one', () => {
    expect(signerAt(keys, 30 * day - 1)?.kid).toBe('first');
    expect(signerAt(keys, 30 * day)?.kid).toBe('second');
    expect(signerAt([], 0)).toBeNull();
  });

  it('needs the next key before its start and the previous one while its tokens may be valid', () => {
    const neededAt = (nowMs: number) => neededKeysAt(keys, nowMs, schedule).map((key) => key.kid);
    expect(neededAt(29 * day)).toEqual(['first', 'second']);
    expect(neededAt(30 * day + schedule.retentionMs - 1)).toEqual(['first', 'second']);
    expect(neededAt(30 * day + schedule.retentionMs)).toEqual(['second']);
  });

  it('makes the first key for now and the next one a lead before its start', () => {
    const [first] = keys;
    expect(nextKeyDue([], 5, schedule)).toBe(5);
    expect(nextKeyDue([first!], 29 * day - 1, schedule)).toBeNull();
    expect(nextKeyDue([first!], 29 * day, schedule)).toBe(30 * day);
  });

  it('keeps the lead when no instance ran at the due time', () => {
    expect(nextKeyDue([keys[0]!], 100 * day, schedule)).toBe(101 * day);
  });

  it('makes no second key in advance', () => {
    expect(nextKeyDue(keys, 29 * day + 1, schedule)).toBeNull();
  });
});
