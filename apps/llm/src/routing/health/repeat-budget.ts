import { LRUCache } from 'lru-cache';
import { RollingCount } from './rolling-count.ts';

/** The time in which repeats are counted, in milliseconds. */
const windowMs = 10_000;
/** Providers with counts. */
const providersMax = 1_000;

export interface RepeatBudgetLimits {
  /** Repeats in the window, as a share of the requests, in percent. */
  repeatPercentMax: number;
  /** Retries in the window that are allowed beyond that share. */
  repeatsMin: number;
}

/** Limits retries, so that they do not multiply the requests to a provider that fails. */
export class RepeatBudget {
  private readonly counts = new LRUCache<string, RollingCount<'request' | 'repeat'>>({ max: providersMax });

  constructor(
    private readonly limits: RepeatBudgetLimits,
    private readonly nowMs: () => number,
  ) {}

  counted(provider: string): void {
    this.of(provider).add('request');
  }

  /** Takes one of the retries that the provider has left. False: none is left. */
  take(provider: string): boolean {
    const counts = this.of(provider);
    const { repeatPercentMax, repeatsMin } = this.limits;
    if (counts.of('repeat') >= repeatsMin + (counts.of('request') * repeatPercentMax) / 100) return false;
    counts.add('repeat');
    return true;
  }

  private of(provider: string): RollingCount<'request' | 'repeat'> {
    const known = this.counts.get(provider);
    if (known !== undefined) return known;
    const counts = new RollingCount<'request' | 'repeat'>(windowMs, this.nowMs);
    this.counts.set(provider, counts);
    return counts;
  }
}
