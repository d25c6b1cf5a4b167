import { RollingCount } from './rolling-count.ts';

export interface BreakerLimits {
  /** The number of failures in the window that opens it, together with their share. */
  breakerFailuresMin: number;
  /** The share of failures among the requests that opens it, in percent. */
  breakerFailurePercent: number;
  breakerWindowMs: number;
  /** How long it is open. */
  breakerOpenMs: number;
}

/** How an attempt counts for the breaker. An aborted attempt and a refused request do not count. */
export type BreakerOutcome = 'ok' | 'failure' | 'neither';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Keeps requests from a provider of which many fail. After that time one request at a time probes it, until one succeeds. */
export class Breaker {
  private readonly counts: RollingCount<'request' | 'failure'>;
  /** Null while it is closed. */
  private openUntilMs: number | null = null;
  private isProbed = false;

  constructor(
    private readonly limits: BreakerLimits,
    private readonly nowMs: () => number,
  ) {
    this.counts = new RollingCount(limits.breakerWindowMs, nowMs);
  }

  get state(): BreakerState {
    if (this.openUntilMs === null) return 'closed';
    return this.nowMs() < this.openUntilMs ? 'open' : 'half_open';
  }

  /** How long it stays open, in milliseconds. */
  get openForMs(): number {
    return Math.max(0, (this.openUntilMs ?? 0) - this.nowMs());
  }

  /** Whether a request should go to the provider. */
  get isReady(): boolean {
    const { state } = this;
    return state === 'closed' || (state === 'half_open' && !this.isProbed);
  }

  /** A request begins. Returns whether it is the probe. */
  begin(): boolean {
    this.counts.add('request');
    if (this.state !== 'half_open' || this.isProbed) return false;
    this.isProbed = true;
    return true;
  }

  /** A request has ended. Returns whether it opens the breaker. */
  end(outcome: BreakerOutcome, isProbe: boolean): boolean {
    if (isProbe) this.isProbed = false;
    if (outcome === 'ok') this.close();
    if (outcome !== 'failure') return false;
    this.counts.add('failure');
    if (this.state === 'open' || (this.state === 'closed' && !this.areTooMany())) return false;
    this.open(this.limits.breakerOpenMs);
    return true;
  }

  open(forMs: number): void {
    this.openUntilMs = this.nowMs() + forMs;
  }

  private close(): void {
    if (this.openUntilMs === null) return;
    this.openUntilMs = null;
    this.counts.clear();
  }

  private areTooMany(): boolean {
    const failures = this.counts.of('failure');
    const { breakerFailuresMin, breakerFailurePercent } = this.limits;
    return (
      failures >= breakerFailuresMin && failures * 100 >= this.counts.of('request') * breakerFailurePercent
    );
  }
}
