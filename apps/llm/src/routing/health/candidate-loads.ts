import { LRUCache } from 'lru-cache';
import { type Candidate, keyOf } from '../plan/candidate.ts';

/** Candidates whose latencies are kept. */
const measuredMax = 10_000;
/** The share of a new measurement in the average. */
const newShare = 0.2;

/** The requests under way at each candidate, and the time that its first output usually takes. */
export class CandidateLoads {
  private readonly underWay = new Map<string, number>();
  private readonly latenciesMs = new LRUCache<string, number>({ max: measuredMax });

  /** Returns the function that ends the request. */
  begin(candidate: Candidate): () => void {
    const key = keyOf(candidate);
    this.underWay.set(key, (this.underWay.get(key) ?? 0) + 1);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      const left = (this.underWay.get(key) ?? 1) - 1;
      if (left === 0) this.underWay.delete(key);
      else this.underWay.set(key, left);
    };
  }

  /** Notes the time until the first output of a request. */
  answered(candidate: Candidate, latencyMs: number): void {
    const key = keyOf(candidate);
    const average = this.latenciesMs.get(key) ?? latencyMs;
    this.latenciesMs.set(key, average + (latencyMs - average) * newShare);
  }

  load(candidate: Candidate): number {
    return this.underWay.get(keyOf(candidate)) ?? 0;
  }

  /** Requests under way at all models of a provider. */
  loadOf(provider: string): number {
    let sum = 0;
    for (const [key, count] of this.underWay) if (key.startsWith(`${provider}/`)) sum += count;
    return sum;
  }

  /** An exponential average; null before the first measurement. */
  latencyMs(candidate: Candidate): number | null {
    return this.latenciesMs.get(keyOf(candidate)) ?? null;
  }
}
