import { AppError } from '@antiphon/contracts';
import { abortError } from '../../providers/errors/provider-errors.ts';
import { type Candidate, keyOf, type ModelPlan } from '../plan/candidate.ts';
import { type CandidateView, orderRound } from '../plan/order-round.ts';
import type { Place, ProviderRooms } from '../rooms/provider-rooms.ts';
import { type AttemptClock, type AttemptLimits, backoffMs } from './attempt-limits.ts';
import { type NextStep, stepAfter } from './next-step.ts';

/** What the attempts depend on. */
export interface AttemptRules {
  limits: AttemptLimits;
  clock: AttemptClock;
  view: CandidateView & {
    /** Tokens of the model's context; null where they are unknown. */
    contextWindow(candidate: Candidate): number | null;
  };
  /** Takes one of the retries that the provider has left. False: none is left. */
  takeRepeat: (provider: string) => boolean;
  /** The places at the providers, of which each attempt takes one. */
  rooms: Pick<ProviderRooms, 'tryEnter' | 'enter'>;
}

/** One call, which any candidate may answer. */
export interface AttemptedCall<Value> {
  /** `leave` ends the attempt's place at the provider. It is called at any end of the attempt. */
  ask: (candidate: Candidate, leave: () => void) => Promise<Value>;
  /** Whether the provider filtered the answer before any output. */
  isFiltered: (value: Value) => boolean;
  /** Ends a filtered answer. Another candidate gets the request; this answer is kept for the case that none answers. */
  setAside: (value: Value) => void;
}

/**
 * Sends the request to one candidate after the other until one answers. After a failed attempt the next candidate gets it at once, if the kind of the error allows that. After
 * the last candidate there is a wait, and another round over those that may be retried. Candidates at providers without room come last: the call waits for a place.
 * Throws the last temporary error, or else the first one.
 */
export async function runAttempts<Value>(
  plan: ModelPlan,
  call: AttemptedCall<Value>,
  { limits, clock, view, takeRepeat, rooms }: AttemptRules,
  signal: AbortSignal,
): Promise<Value> {
  const startedAtMs = clock.nowMs();
  const state = new AttemptState<Value>(plan, view);
  let attempts = 0;
  let roundAtMs = startedAtMs;
  for (let round = 1; ; round++) {
    let isAsked = false;
    const order = orderRound(state.planAt(roundAtMs), view, clock.random);
    for await (const { candidate, leave } of placesFor(order, state, rooms, clock, signal)) {
      if (attempts >= limits.attemptsTotalMax || clock.nowMs() - startedAtMs >= limits.timeoutMs) {
        leave();
        return state.result();
      }
      if (round > 1 && !takeRepeat(candidate.provider)) {
        leave();
        continue;
      }
      attempts++;
      isAsked = true;
      try {
        const value = await call.ask(candidate, leave);
        if (!plan.fallbackOn.includes('content_filter') || !call.isFiltered(value)) return value;
        call.setAside(value);
        state.filtered(candidate, value);
      } catch (thrown) {
        if (signal.aborted) throw state.failure ?? abortError(signal);
        const error = AppError.from(thrown);
        const step = stepAfter(error, plan.fallbackOn);
        if (step.others === 'none') return state.result(error);
        const isSoon = (error.retryAfterMs ?? 0) <= limits.retryAfterMaxMs;
        state.failed(candidate, error, isSoon ? step : { ...step, mayRepeat: false }, clock.nowMs());
      }
    }
    const nextAtMs = state.nextAtMs();
    if (round >= limits.roundsMax || nextAtMs === null || !isAsked) return state.result();
    const waitMs = Math.max(backoffMs(round, limits, clock), nextAtMs - clock.nowMs());
    try {
      await clock.sleep(waitMs, signal);
    } catch {
      throw state.failure ?? abortError(signal);
    }
    // A timer may end a fraction of a millisecond early.
    roundAtMs = Math.max(clock.nowMs(), nextAtMs);
  }
}

/** A candidate with a place at its provider. */
interface PlacedCandidate {
  candidate: Candidate;
  leave: () => void;
}

/**
 * The candidates with their places: at once those whose providers have room, then the others as places become free. Those that get none have failed. Throws the
 * error of the call where it is aborted.
 */
async function* placesFor<Value>(
  order: readonly Candidate[],
  state: AttemptState<Value>,
  rooms: AttemptRules['rooms'],
  clock: AttemptClock,
  signal: AbortSignal,
): AsyncGenerator<PlacedCandidate, void, void> {
  let full: Candidate[] = [];
  for (const candidate of order) {
    if (!state.fits(candidate)) continue;
    const place = rooms.tryEnter(candidate.provider);
    if (place === null) full.push(candidate);
    else yield { candidate, leave: place.leave };
  }
  for (;;) {
    full = full.filter((candidate) => state.fits(candidate));
    if (full.length === 0) return;
    const place = await enterAny(full, state, rooms, signal);
    const candidate = full.find(({ provider }) => provider === place?.provider);
    if (place === null || candidate === undefined) break;
    full = full.filter((other) => other !== candidate);
    yield { candidate, leave: place.leave };
  }
  for (const candidate of full) state.failed(candidate, noRoom(candidate), noPlace, clock.nowMs());
}

async function enterAny<Value>(
  candidates: readonly Candidate[],
  state: AttemptState<Value>,
  rooms: AttemptRules['rooms'],
  signal: AbortSignal,
): Promise<Place | null> {
  try {
    return await rooms.enter(
      candidates.map(({ provider }) => provider),
      signal,
    );
  } catch {
    throw state.failure ?? abortError(signal);
  }
}

/** The call has waited, so it does not wait again in a later round. */
const noPlace: NextStep = { others: 'all', mayRepeat: false };

function noRoom({ provider }: Candidate): AppError {
  return new AppError(
    'rate_limited',
    `Too many requests to the provider ${provider} are under way; try again later`,
  );
}

/** What the failed attempts mean for the next ones. */
class AttemptState<Value> {
  private readonly barred = new Set<string>();
  private readonly overflowed: Candidate[] = [];
  /** When a candidate's `Retry-After` has passed. */
  private readonly readyAtMs = new Map<string, number>();
  private first: AppError | null = null;
  private lastTemporary: AppError | null = null;
  /** A filtered answer, which is the result where no other candidate answers. */
  private filteredAnswer: { value: Value } | null = null;

  constructor(
    private readonly plan: ModelPlan,
    private readonly view: AttemptRules['view'],
  ) {}

  /** The candidates that may get the request now. */
  planAt(nowMs: number): ModelPlan {
    if (this.first === null) return this.plan;
    const mayAsk = (candidate: Candidate) =>
      !this.barred.has(keyOf(candidate)) && (this.readyAtMs.get(keyOf(candidate)) ?? 0) <= nowMs;
    const { group, fallback } = this.plan;
    return { ...this.plan, group: group.filter(mayAsk), fallback: fallback.filter(mayAsk) };
  }

  /** Whether the context may fit, after it was too long for others. A window of unknown size counts as larger in `fallback`, which the operator chose. */
  fits(candidate: Candidate): boolean {
    const size = this.view.contextWindow(candidate);
    return this.overflowed.every((other) => {
      const overflowed = this.view.contextWindow(other);
      return size !== null && overflowed !== null
        ? size > overflowed
        : this.plan.fallback.includes(candidate);
    });
  }

  filtered(candidate: Candidate, value: Value): void {
    this.barred.add(keyOf(candidate));
    this.filteredAnswer ??= { value };
  }

  failed(candidate: Candidate, error: AppError, step: NextStep, nowMs: number): void {
    const key = keyOf(candidate);
    this.first ??= error;
    if (!step.mayRepeat) this.barred.add(key);
    if (step.others === 'larger') this.overflowed.push(candidate);
    if (error.retryable) this.lastTemporary = error;
    if (error.retryAfterMs !== undefined) this.readyAtMs.set(key, nowMs + error.retryAfterMs);
  }

  /** When the first candidate may be retried; null where none may. */
  nextAtMs(): number | null {
    const { group, fallback } = this.plan;
    const repeatable = [...group, ...fallback].filter(
      (candidate) => !this.barred.has(keyOf(candidate)) && this.fits(candidate),
    );
    if (repeatable.length === 0) return null;
    return Math.min(...repeatable.map((candidate) => this.readyAtMs.get(keyOf(candidate)) ?? 0));
  }

  /** The error that a caller gets. */
  get failure(): AppError | null {
    return this.lastTemporary ?? this.first;
  }

  /** Ends without an answer: returns a filtered one, or throws the error. */
  result(error: AppError | null = this.failure): Value {
    if (this.filteredAnswer !== null) return this.filteredAnswer.value;
    throw (
      error ??
      new AppError('unavailable', 'No provider of this model is available right now; try again later')
    );
  }
}
