import { AppError, keptAttemptsMax, type ModelAttempt } from '@antiphon/contracts';
import { ProviderFault } from '../../providers/errors/provider-errors.ts';
import type { AttemptEnd, ModelHealth, WatchedAttempt } from '../health/model-health.ts';
import type { Candidate } from '../plan/candidate.ts';
import { countAttempt } from '../../usage/answer-metrics.ts';

/** An attempt of a call. */
export interface LoggedAttempt {
  candidate: Candidate;
  /** From the beginning of the call to the first output; null before it. */
  readonly firstOutputMs: number | null;
  /** The first output has come. Has an effect once. */
  answered: () => void;
  /** Only the first call has an effect. */
  end: (how: AttemptEnd | 'content_filter') => void;
}

/** The attempts of one call, in their order. */
export class AttemptLog {
  private readonly endedAttempts: ModelAttempt[] = [];
  private latestAttempt: Candidate | null = null;
  private readonly calledAtMs: number;

  constructor(
    private readonly health: Pick<ModelHealth, 'begin'>,
    private readonly nowMs: () => number,
    /** Called with the error of each attempt that fails. */
    private readonly onFailure: (error: AppError, candidate: Candidate) => void,
  ) {
    this.calledAtMs = nowMs();
  }

  /** The candidate of the last attempt; null before the first one. */
  get latest(): Candidate | null {
    return this.latestAttempt;
  }

  /** The first 20 attempts that have ended. */
  get ended(): readonly ModelAttempt[] {
    return this.endedAttempts;
  }

  /** `leave` ends the attempt's place at the provider. */
  begin(candidate: Candidate, leave: () => void): LoggedAttempt {
    this.latestAttempt = candidate;
    const startedAtMs = this.nowMs();
    const startedAfterMs = startedAtMs - this.calledAtMs;
    let watched: WatchedAttempt | null = this.health.begin(candidate);
    let latencyMs: number | null = null;
    return {
      candidate,
      get firstOutputMs() {
        return latencyMs === null ? null : startedAfterMs + latencyMs;
      },
      answered: () => {
        if (latencyMs !== null) return;
        latencyMs = this.nowMs() - startedAtMs;
        watched?.answered(latencyMs);
      },
      end: (how) => {
        if (watched === null) return;
        watched.end(how === 'content_filter' ? 'ok' : how);
        watched = null;
        leave();
        if (how instanceof AppError) this.onFailure(how, candidate);
        this.note(candidate, how, { startedAfterMs, durationMs: this.nowMs() - startedAtMs });
      },
    };
  }

  private note(
    { provider, model }: Candidate,
    how: AttemptEnd | 'content_filter',
    { startedAfterMs, durationMs }: { startedAfterMs: number; durationMs: number },
  ): void {
    const outcome = typeof how === 'string' ? how : how.code;
    countAttempt(provider, outcome);
    if (this.endedAttempts.length >= keptAttemptsMax) return;
    const kind = typeof how !== 'string' && how.cause instanceof ProviderFault ? how.cause.kind : null;
    this.endedAttempts.push({
      provider,
      model,
      outcome,
      ...(kind !== null && { kind }),
      startedAfterMs: Math.round(startedAfterMs),
      durationMs: Math.round(durationMs),
    });
  }
}
