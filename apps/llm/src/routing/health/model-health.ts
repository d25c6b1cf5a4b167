import type { AppError } from '@antiphon/contracts';
import type { Candidate } from '../plan/candidate.ts';
import type { CandidateView } from '../plan/order-round.ts';
import { CandidateLoads } from './candidate-loads.ts';
import { RepeatBudget, type RepeatBudgetLimits } from './repeat-budget.ts';

/** How an attempt ended. */
export type AttemptEnd = 'ok' | 'cancelled' | AppError;

/** What is known of a model beside its health; null where it is unknown. */
export interface KnownFacts {
  contextWindow(candidate: Candidate): number | null;
  price(candidate: Candidate): number | null;
}

const noFacts: KnownFacts = { contextWindow: () => null, price: () => null };

export type HealthLimits = RepeatBudgetLimits;

/** Which candidates can be asked, by the attempts at them. */
export class ModelHealth implements CandidateView, KnownFacts {
  readonly #loads = new CandidateLoads();
  readonly #budget: RepeatBudget;

  constructor(
    limits: HealthLimits,
    private readonly facts: KnownFacts = noFacts,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#budget = new RepeatBudget(limits, nowMs);
  }

  /** Takes one of the repeats that the provider has left. False: it has none. */
  readonly takeRepeat = (provider: string): boolean => this.#budget.take(provider);

  /** An attempt begins. */
  begin(candidate: Candidate): WatchedAttempt {
    this.#budget.counted(candidate.provider);
    const endLoad = this.#loads.begin(candidate);
    return {
      answered: (latencyMs) => this.#loads.answered(candidate, latencyMs),
      end: () => endLoad(),
    };
  }

  isReady(_candidate: Candidate): boolean {
    return true;
  }

  load(candidate: Candidate): number {
    return this.#loads.load(candidate);
  }

  latencyMs(candidate: Candidate): number | null {
    return this.#loads.latencyMs(candidate);
  }

  price(candidate: Candidate): number | null {
    return this.facts.price(candidate);
  }

  contextWindow(candidate: Candidate): number | null {
    return this.facts.contextWindow(candidate);
  }
}

/** An attempt under way. */
export interface WatchedAttempt {
  /** The first output has come. */
  answered(latencyMs: number): void;
  end(how: AttemptEnd): void;
}
