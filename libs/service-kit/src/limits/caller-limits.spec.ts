import { EventEmitter } from 'node:events';
import { AppError, type Caller } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { readEnv } from '../config/env.ts';
import { CallerLimits } from './caller-limits.ts';
import { limitConfig, limitEnv } from './limit-config.ts';

const guest: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'guest', scopes: [] };
const guestsKey: Caller = { ...guest, kind: 'key', ownerKind: 'guest' };
const user: Caller = { ...guest, userId: 'user_2', kind: 'user' };
const usersKey: Caller = { ...user, kind: 'key', ownerKind: 'user' };
const local: Caller = { ...user, userId: 'user_local' };

let nowMs = 0;
const limitsWith = (env: NodeJS.ProcessEnv) =>
  new CallerLimits(limitConfig(readEnv(limitEnv, env)), () => nowMs);

/** The thrown error; null without one. */
function refusal(act: () => void): AppError | null {
  try {
    act();
    return null;
  } catch (error) {
    return error as AppError; // limits throw no others
  }
}

describe('a window', () => {
  it('is used up, reports when to retry, and refills with time', () => {
    const limits = limitsWith({ LIMIT_REQUESTS: '60' });
    for (let request = 0; request < 60; request++) limits.consume(guest, 'requests');
    expect(refusal(() => limits.consume(guest, 'requests'))).toMatchObject({
      code: 'rate_limited',
      message: 'At most 60 requests a minute are allowed.',
      retryAfterMs: 1_000,
      rate: { limit: 60, remaining: 0, resetMs: 1_000 },
    });
    nowMs += 2_000;
    limits.consume(guest, 'requests');
    limits.consume(guest, 'requests');
    expect(refusal(() => limits.consume(guest, 'requests'))?.code).toBe('rate_limited');
    nowMs += 3_600_000;
    for (let request = 0; request < 60; request++) limits.consume(guest, 'requests');
    expect(refusal(() => limits.consume(guest, 'requests'))?.code).toBe('rate_limited');
  });

  it('is shared by all tokens and keys of a user, and separate for each user', () => {
    const limits = limitsWith({ LIMIT_REQUESTS: '2' });
    limits.consume(guest, 'requests');
    limits.consume(guestsKey, 'requests');
    expect(refusal(() => limits.consume(guest, 'requests'))?.code).toBe('rate_limited');
    expect(refusal(() => limits.consume(user, 'requests'))).toBeNull();
  });

  it('may be charged afterwards, beyond the amount that is left', () => {
    const limits = limitsWith({ LIMIT_PYTHON_TIME: '60s' });
    limits.require(guest, 'pythonMs');
    limits.charge(guest, 'pythonMs', 90_000);
    expect(refusal(() => limits.require(guest, 'pythonMs'))).toMatchObject({
      code: 'rate_limited',
      message: 'At most 60 s of Python an hour are allowed, and they are used up.',
    });
    nowMs += 1_900_000;
    expect(refusal(() => limits.require(guest, 'pythonMs'))).toBeNull();
  });
});

describe('a gauge', () => {
  it('has a number of places, each released once', () => {
    const limits = limitsWith({ LIMIT_RUNS: '2' });
    const release = limits.hold(guest, 'runs');
    limits.hold(guestsKey, 'runs');
    expect(refusal(() => limits.hold(guest, 'runs'))).toMatchObject({
      code: 'rate_limited',
      rate: { limit: 2, remaining: 0 },
    });
    expect(refusal(() => limits.hold(guest, 'streams'))).toBeNull();
    release();
    release();
    limits.hold(guest, 'runs');
    expect(refusal(() => limits.hold(guest, 'runs'))?.code).toBe('rate_limited');
  });

  it('is held until its connection closes', () => {
    const limits = limitsWith({ LIMIT_STREAMS: '1' });
    const connection = new EventEmitter();
    limits.holdWhileOpen(guest, 'streams', connection);
    expect(refusal(() => limits.hold(guest, 'streams'))?.code).toBe('rate_limited');
    connection.emit('close');
    expect(refusal(() => limits.hold(guest, 'streams'))).toBeNull();
  });
});

it('a total refuses with 429 where waiting helps, with 403 where it does not', () => {
  const limits = limitsWith({ LIMIT_QUEUED_RUNS: '3', LIMIT_STORED_BYTES: '1000' });
  limits.admit(guest, 'queuedRuns', 2);
  expect(refusal(() => limits.admit(guest, 'queuedRuns', 3))).toMatchObject({ code: 'rate_limited' });
  limits.admit(guest, 'storedBytes', 999);
  const full = refusal(() => limits.admit(guest, 'storedBytes', 1_000));
  expect(full).toMatchObject({ code: 'forbidden', reason: 'storage_limit_exceeded' });
  expect(full?.message).toContain('1000 bytes');
});

describe('the variables', () => {
  it('differ by kind; a key of a guest has the limit of guests', () => {
    const limits = limitsWith({ LIMIT_RUNS: 'guest=1, user=2,key=3,local=4' });
    const max = (caller: Caller) => limits.limitOf(caller, 'runs');
    expect([guest, guestsKey, user, usersKey, local].map(max)).toEqual([1, 1, 2, 3, 4]);
    expect(max({ ...guest, kind: 'key' })).toBe(1);
  });

  it('keep the defaults of kinds that they leave out', () => {
    const limits = limitsWith({ LIMIT_PYTHON_TIME: 'guest=30s' });
    expect(limits.limitOf(guest, 'pythonMs')).toBe(30_000);
    expect(limits.limitOf(user, 'pythonMs')).toBe(7_200_000);
  });

  it.each(['many', 'guest=', 'guest=0', 'robot=5', '-1', '5;6'])('refuse %j', (value) => {
    expect(() => limitsWith({ LIMIT_RUNS: value })).toThrow(
      /LIMIT_RUNS: must be one value, or values for guest/,
    );
  });
});
