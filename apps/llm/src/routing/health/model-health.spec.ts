import { AppError, llmHealthChanged } from '@antiphon/contracts';
import { MemoryBus, serve } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { providerError, transportError } from '../../providers/errors/provider-errors.ts';
import type { Candidate } from '../plan/candidate.ts';
import { HealthHandler } from './health.handler.ts';
import { type AttemptEnd, type HealthLimits, ModelHealth } from './model-health.ts';

const limits: HealthLimits = {
  repeatPercentMax: 20,
  repeatsMin: 2,
  rateLimitCooldownMs: 5_000,
  accountCooldownMs: 60_000,
  breakerFailuresMin: 5,
  breakerFailurePercent: 50,
  breakerWindowMs: 30_000,
  breakerOpenMs: 15_000,
};
const red: Candidate = { provider: 'red', model: 'large', weight: 1 };
const redSmall: Candidate = { ...red, model: 'small' };
const failed = (status: number, retryAfterMs?: number) =>
  providerError('red', {
    status,
    body: { error: { message: 'sorry' } },
    headers: new Headers(retryAfterMs === undefined ? {} : { 'retry-after-ms': String(retryAfterMs) }),
  });
const unreachable = transportError('red', new Error('refused'), false);

function watched() {
  const clock = { nowMs: 1_000 };
  const health = new ModelHealth(limits, { nowMs: () => clock.nowMs });
  const attempt = (how: AttemptEnd, candidate = red) => health.begin(candidate).end(how);
  return { clock, health, attempt };
}

describe('a cooldown', () => {
  it('rests a model for the time that its rate limit names, or for five seconds', () => {
    const { clock, health, attempt } = watched();
    attempt(failed(429));
    expect([health.isReady(red), health.isReady(redSmall)]).toEqual([false, true]);
    clock.nowMs += 5_000;
    expect(health.isReady(red)).toBe(true);
    attempt(failed(429, 9_000));
    clock.nowMs += 8_999;
    expect(health.isReady(red)).toBe(false);
    clock.nowMs += 1;
    expect(health.isReady(red)).toBe(true);
  });

  it.each([
    ['refused credentials', 401],
    ['an empty account', 402],
  ])('rests all models of a provider after %s', (_what, status) => {
    const { clock, health, attempt } = watched();
    attempt(failed(status));
    expect([health.isReady(red), health.isReady(redSmall)]).toEqual([false, false]);
    clock.nowMs += 60_000;
    expect(health.isReady(redSmall)).toBe(true);
  });

  it('ends with the next answer', () => {
    const { health, attempt } = watched();
    attempt(failed(401));
    attempt('ok');
    expect(health.isReady(red)).toBe(true);
  });

  it('does not follow a refused request', () => {
    const { health, attempt } = watched();
    for (const status of [400, 404, 413, 422]) for (let i = 0; i < 10; i++) attempt(failed(status));
    expect(health.isReady(red)).toBe(true);
    expect(health.stateOf('red')).toMatchObject({ breaker: 'closed', cooldowns: [] });
  });
});

describe('a breaker', () => {
  it('opens after five failures that are half of the requests, and lets one probe through later', () => {
    const { clock, health, attempt } = watched();
    for (let i = 0; i < 4; i++) attempt(failed(503));
    expect(health.isReady(red)).toBe(true);
    attempt(unreachable);
    expect(health.isReady(redSmall)).toBe(false);
    expect(health.stateOf('red')).toMatchObject({ breaker: 'open', openForMs: 15_000 });
    clock.nowMs += 15_000;
    expect(health.isReady(red)).toBe(true);
    const probe = health.begin(red);
    expect(health.isReady(red)).toBe(false);
    probe.end(failed(500));
    expect(health.stateOf('red').breaker).toBe('open');
    clock.nowMs += 15_000;
    health.begin(red).end('cancelled');
    expect(health.isReady(red)).toBe(true);
    health.begin(red).end('ok');
    expect(health.stateOf('red').breaker).toBe('closed');
    attempt(failed(500));
    expect(health.isReady(red)).toBe(true);
  });

  it('stays closed where most requests succeed, or the failures are old', () => {
    const { clock, health, attempt } = watched();
    for (let i = 0; i < 6; i++) attempt('ok');
    for (let i = 0; i < 5; i++) attempt(failed(500));
    expect(health.isReady(red)).toBe(true);
    clock.nowMs += 30_000;
    for (let i = 0; i < 4; i++) attempt(failed(500));
    expect(health.isReady(red)).toBe(true);
    attempt(failed(500));
    expect(health.isReady(red)).toBe(false);
  });

  it('counts neither cancelled requests nor unusable answers', () => {
    const { health, attempt } = watched();
    for (let i = 0; i < 10; i++) attempt('cancelled');
    for (let i = 0; i < 10; i++) attempt(new AppError('model_error', 'broke its protocol'));
    expect(health.isReady(red)).toBe(true);
  });
});

describe('the repeats at a provider', () => {
  it('are a share of its requests in the last ten seconds, and a few more', () => {
    const { clock, health, attempt } = watched();
    for (let i = 0; i < 10; i++) attempt('ok');
    const taken = () => Array.from({ length: 6 }, () => health.takeRepeat('red')).filter(Boolean).length;
    expect(taken()).toBe(4);
    clock.nowMs += 10_000;
    expect(taken()).toBe(2);
  });
});

describe('the instances of the service', () => {
  /** Two instances with an end of the bus each. */
  function twoInstances() {
    const bus = new MemoryBus();
    const clock = { nowMs: 0 };
    const start = (end: MemoryBus) => {
      const health = new ModelHealth(limits, { nowMs: () => clock.nowMs });
      const handler = new HealthHandler(end, health);
      serve(end, handler);
      handler.onApplicationBootstrap();
      return { health };
    };
    return { bus, clock, first: start(bus), start: () => start(bus.otherEnd()) };
  }
  const delivered = () => new Promise((resolve) => setImmediate(resolve));

  it('share cooldowns, open breakers and switches', async () => {
    const { first, start } = twoInstances();
    const second = start();
    first.health.begin(red).end(failed(429, 7_000));
    for (let i = 0; i < 5; i++) first.health.begin({ ...red, provider: 'blue' }).end(failed(500));
    second.health.switch('green', false, 1);
    await delivered();
    expect(second.health.isReady(red)).toBe(false);
    expect(second.health.stateOf('red').cooldowns).toMatchObject([{ reason: 'rate_limit', forMs: 7_000 }]);
    expect(second.health.stateOf('blue').breaker).toBe('open');
    expect(first.health.stateOf('green').isEnabled).toBe(false);
  });

  it('give their state to one that starts', async () => {
    const { first, start, clock } = twoInstances();
    first.health.begin(red).end(failed(401));
    first.health.switch('green', false, 1);
    await delivered();
    clock.nowMs += 20_000;
    const second = start();
    await delivered();
    expect(second.health.stateOf('red').cooldowns).toMatchObject([{ reason: 'credentials', forMs: 40_000 }]);
    expect(second.health.stateOf('green').isEnabled).toBe(false);
  });

  it('keep the later of two switches', async () => {
    const { bus, first } = twoInstances();
    first.health.switch('green', true, 20);
    bus.publish(llmHealthChanged, { switches: [{ provider: 'green', isEnabled: false, atMs: 10 }] });
    await delivered();
    expect(first.health.stateOf('green').isEnabled).toBe(true);
  });
});

it('removes the candidates of a provider that is switched off', () => {
  const { health } = watched();
  const plan = {
    group: [red],
    fallback: [{ ...red, provider: 'blue' }],
    select: 'order' as const,
    fallbackOn: [],
  };
  expect(health.withoutSwitchedOff(plan)).toBe(plan);
  health.switch('red', false, 1);
  expect(health.withoutSwitchedOff(plan)).toMatchObject({ group: [], fallback: [{ provider: 'blue' }] });
  health.switch('red', true, 2);
  expect(health.withoutSwitchedOff(plan).group).toEqual([red]);
});
