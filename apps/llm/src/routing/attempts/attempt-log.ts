import type { ModelAttempt } from '@antiphon/contracts';
import type { AttemptEnd, ModelHealth, WatchedAttempt } from '../health/model-health.ts';
import type { Candidate } from '../plan/candidate.ts';
import { countAttempt } from '../../usage/answer-metrics.ts';

/** Attempts that a report of an answer lists. */
const listedMax = 20;

/** An attempt of a call. */
export interface LoggedAttempt {
  candidate: Candidate;
  answered: () => void;
  /** Only the first call has an effect. */
  end: (how: AttemptEnd | 'content_filter') => void;
}

/** The attempts of one call, in their order. */
export class AttemptLog {
  private readonly endedAttempts: ModelAttempt[] = [];
  private latestAttempt: Candidate | null = null;

  constructor(
    private readonly health: Pick<ModelHealth, 'begin'>,
    private readonly nowMs: () => number,
  ) {}

  /** The candidate that was asked last; null before the first attempt. */
  get latest(): Candidate | null {
    return this.latestAttempt;
  }

  /** The first 20 attempts that have ended. */
  get ended(): readonly ModelAttempt[] {
    return this.endedAttempts;
  }

  begin(candidate: Candidate): LoggedAttempt {
    this.latestAttempt = candidate;
    const startedAtMs = this.nowMs();
    let watched: WatchedAttempt | null = this.health.begin(candidate);
    return {
      candidate,
      answered: () => watched?.answered(this.nowMs() - startedAtMs),
      end: (how) => {
        if (watched === null) return;
        watched.end(how === 'content_filter' ? 'ok' : how);
        watched = null;
        this.note(candidate, typeof how === 'string' ? how : how.code, this.nowMs() - startedAtMs);
      },
    };
  }

  private note({ provider, model }: Candidate, outcome: string, durationMs: number): void {
    countAttempt(provider, outcome);
    if (this.endedAttempts.length < listedMax)
      this.endedAttempts.push({ provider, model, outcome, durationMs: Math.round(durationMs) });
  }
}
