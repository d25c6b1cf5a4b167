import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { emptyError, providerError, transportError } from '../../providers/errors/provider-errors.ts';
import type { Candidate, ModelPlan } from '../plan/candidate.ts';
import type { AttemptClock, AttemptLimits } from './attempt-limits.ts';
import { ProviderRooms } from '../rooms/provider-rooms.ts';
import { type AttemptRules, runAttempts } from './run-attempts.ts';

const limits: AttemptLimits = {
  roundsMax: 3,
  attemptsTotalMax: 12,
  backoffMinMs: 500,
  backoffMaxMs: 8_000,
  retryAfterMaxMs: 30_000,
  timeoutMs: 600_000,
};

/** A clock that jumps, with a fixed random number. Its timers end half a millisecond early, as real ones may. */
class JumpingClock implements AttemptClock {
  readonly waitsMs: number[] = [];
  private timeMs = 0;

  constructor(private readonly drawn = 1) {}

  readonly nowMs = (): number => this.timeMs;
  readonly random = (): number => this.drawn;

  readonly sleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.waitsMs.push(milliseconds);
    this.timeMs += milliseconds - 0.5;
  };

  pass(milliseconds: number): void {
    this.timeMs += milliseconds;
  }
}

const never = new AbortController().signal;
const at = (provider: string): Candidate => ({ provider, model: 'm', weight: 1 });

function planOf(group: string[], fallback: string[] = [], changes: Partial<ModelPlan> = {}): ModelPlan {
  return { group: group.map(at), fallback: fallback.map(at), select: 'order', fallbackOn: [], ...changes };
}

const failed = (status: number, message = 'sorry', headers: Record<string, string> = {}) =>
  providerError('p', { status, body: { error: { message } }, headers: new Headers(headers) });
const busy = (retryAfterMs?: number) =>
  failed(429, 'slow down', retryAfterMs === undefined ? {} : { 'retry-after-ms': String(retryAfterMs) });
const silent = () =>
  transportError('p', Object.assign(new Error(), { code: 'UND_ERR_HEADERS_TIMEOUT' }), false);
const tooLong = () => failed(400, 'prompt is too long: the maximum context length is 8192 tokens');
const flagged = () => providerError('p', { status: 400, body: { error: { code: 'content_filter' } } });

interface Run {
  asked: string[];
  clock: JumpingClock;
  result: Promise<string>;
}

/** Runs attempts at providers that give one outcome after the other: an answer or an error. */
function run(
  plan: ModelPlan,
  scripts: Record<string, (string | Error)[]>,
  changes: Partial<Options> = {},
): Run {
  const { clock = new JumpingClock(changes.drawn ?? 1), signal = never } = changes;
  const asked: string[] = [];
  const ask = async ({ provider }: Candidate): Promise<string> => {
    asked.push(provider);
    changes.onAsk?.(clock);
    const outcome = scripts[provider]?.shift() ?? 'answered';
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const rules: AttemptRules = {
    limits: { ...limits, ...changes.limits },
    clock,
    view: {
      isReady: () => true,
      load: () => 0,
      price: () => null,
      latencyMs: () => null,
      contextWindow: ({ provider }) => changes.windows?.[provider] ?? null,
    },
    takeRepeat: changes.takeRepeat ?? (() => true),
    rooms: new ProviderRooms(),
  };
  const call = { ask, isFiltered: (value: string) => value === 'filtered', setAside: () => undefined };
  return { asked, clock, result: runAttempts(plan, call, rules, signal) };
}

interface Options {
  limits: Partial<AttemptLimits>;
  windows: Record<string, number>;
  takeRepeat: (provider: string) => boolean;
  clock: JumpingClock;
  drawn: number;
  signal: AbortSignal;
  onAsk: (clock: JumpingClock) => void;
}

describe('a failed attempt', () => {
  it.each([
    ['no connection', transportError('p', new Error('refused'), false)],
    ['a timeout of the provider', failed(408)],
    ['a rate limit', busy()],
    ['a server error', failed(500)],
    ['an overload', failed(529)],
    [
      'an overload inside a stream',
      providerError('p', { body: { type: 'overloaded_error', message: 'busy' } }),
    ],
    ['an empty account', failed(402)],
    ['refused credentials', failed(401)],
    ['an unknown model', failed(404, 'The model `m` does not exist')],
    ['silence', silent()],
    ['an empty answer', emptyError('p')],
    ['too many requests of our own', new AppError('rate_limited', 'busy')],
  ])('goes on to the next candidate at once after %s', async (_what, error) => {
    const { asked, clock, result } = run(planOf(['a', 'b'], ['c']), { a: [error] });
    expect(await result).toBe('answered');
    expect(asked).toEqual(['a', 'b']);
    expect(clock.waitsMs).toEqual([]);
  });

  it.each([
    ['a refused request', failed(400, 'temperature is too high')],
    ['a request that is too large', failed(413)],
    ['an unprocessable request', failed(422)],
    ['refused content', flagged()],
  ])('is the last one after %s', async (_what, error) => {
    const { asked, result } = run(planOf(['a', 'b'], ['c']), { a: [error] });
    await expect(result).rejects.toBe(error);
    expect(asked).toEqual(['a']);
  });

  it('goes on after refused content where the route says so', async () => {
    const plan = planOf(['a', 'b'], [], { fallbackOn: ['content_filter'] });
    expect(await run(plan, { a: [flagged()] }).result).toBe('answered');
    expect(await run(plan, { a: ['filtered'] }).result).toBe('answered');
    expect(await run(plan, { a: ['filtered'], b: [failed(400)] }).result).toBe('filtered');
    expect(await run(planOf(['a', 'b']), { a: ['filtered'] }).result).toBe('filtered');
  });

  it('goes on to larger models after a context that is too long, and to fallbacks of unknown size', async () => {
    const plan = planOf(['a', 'b', 'c'], ['d', 'e']);
    const windows = { a: 8_000, b: 8_000, d: 4_000 };
    const { asked, result } = run(plan, { a: [tooLong()] }, { windows });
    expect(await result).toBe('answered');
    expect(asked).toEqual(['a', 'e']);
    const larger = run(
      plan,
      { a: [tooLong()], c: [tooLong()] },
      { windows: { ...windows, c: 9_000, e: 16_000 } },
    );
    expect(await larger.result).toBe('answered');
    expect(larger.asked).toEqual(['a', 'c', 'e']);
    const none = run(planOf(['a', 'b']), { a: [tooLong()] }, { windows });
    await expect(none.result).rejects.toMatchObject({ code: 'context_too_long' });
    expect(none.asked).toEqual(['a']);
  });
});

describe('a further round', () => {
  it('comes after a wait that doubles, over those that may be repeated', async () => {
    const scripts = { a: [failed(500), failed(500)], b: [failed(401)], c: [silent()], d: [busy(), busy()] };
    const { asked, clock, result } = run(planOf(['a', 'b'], ['c', 'd']), scripts);
    expect(await result).toBe('answered');
    expect(asked).toEqual(['a', 'b', 'c', 'd', 'a', 'd', 'a']);
    expect(clock.waitsMs).toEqual([500, 1_000]);
  });

  it('waits a random part of that time, never longer than the maximum', async () => {
    const failures = Array.from({ length: 7 }, () => busy());
    const many = { limits: { roundsMax: 8 }, drawn: 0.5 };
    const { clock, result } = run(planOf(['a']), { a: failures }, many);
    await result;
    expect(clock.waitsMs).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it('waits as long as a provider requests, and asks the others first', async () => {
    const { asked, clock, result } = run(planOf(['a', 'b']), {
      a: [busy(20_000)],
      b: [busy(5_000), busy(20_000)],
    });
    expect(await result).toBe('answered');
    expect(asked).toEqual(['a', 'b', 'b', 'a']);
    expect(clock.waitsMs).toEqual([5_000, 15_000.5]);
  });

  it('does not ask a provider again that requests a longer wait than allowed', async () => {
    const { asked, result } = run(planOf(['a']), { a: [busy(31_000)] });
    await expect(result).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 31_000 });
    expect(asked).toEqual(['a']);
  });

  it('ends with the last temporary error, or else with the first one', async () => {
    const credentials = failed(401);
    const both = run(planOf(['a', 'b', 'c']), {
      a: [busy(40_000)],
      b: [failed(404, 'The model `m` does not exist')],
    });
    expect(await both.result).toBe('answered');
    const last = run(planOf(['a', 'b']), {
      a: [busy(40_000)],
      b: [failed(404, 'The model `m` does not exist')],
    });
    await expect(last.result).rejects.toMatchObject({ code: 'rate_limited' });
    const unknown = run(planOf(['a', 'b']), {
      a: [failed(404, 'The model `m` does not exist')],
      b: [silent()],
    });
    await expect(unknown.result).rejects.toMatchObject({
      code: 'model_error',
      message: 'The provider p went silent',
    });
    const first = run(planOf(['a', 'b']), {
      a: [failed(402)],
      b: [failed(404, 'The model `m` does not exist')],
    });
    await expect(first.result).rejects.toMatchObject({ code: 'quota_exhausted' });
    await expect(run(planOf(['a']), { a: [credentials] }).result).rejects.toBe(credentials);
  });

  it.each([
    ['rounds', { roundsMax: 2 }, 4],
    ['attempts', { attemptsTotalMax: 5 }, 5],
    ['time', { timeoutMs: 400 }, 2],
  ])('comes only while there are %s left', async (_what, few, count) => {
    const always = () => Array.from({ length: 9 }, () => failed(500));
    const { asked, result } = run(planOf(['a', 'b']), { a: always(), b: always() }, { limits: few });
    await expect(result).rejects.toMatchObject({ code: 'model_error' });
    expect(asked).toHaveLength(count);
  });

  it('leaves out a provider whose repeats are used up', async () => {
    const takeRepeat = (provider: string) => provider === 'b';
    const scripts = { a: [failed(500)], b: [failed(500), failed(500)] };
    const { asked, result } = run(planOf(['a', 'b']), scripts, { takeRepeat });
    expect(await result).toBe('answered');
    expect(asked).toEqual(['a', 'b', 'b', 'b']);
  });

  it('does not begin after an abort', async () => {
    const abort = new AbortController();
    const { asked, result } = run(
      planOf(['a']),
      { a: [busy()] },
      { signal: abort.signal, onAsk: () => abort.abort() },
    );
    await expect(result).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked).toEqual(['a']);
  });
});

it('is unavailable where no candidate is left', async () => {
  await expect(run(planOf([]), {}).result).rejects.toMatchObject({ code: 'unavailable' });
});
