/** Buckets of a window: the oldest bucket leaves the window as a whole. */
const bucketCount = 10;

/** Counts of the last `windowMs` milliseconds, by kind. */
export class RollingCount<Kind extends string> {
  private buckets: { startsAtMs: number; counts: Map<Kind, number> }[] = [];

  constructor(
    private readonly windowMs: number,
    private readonly nowMs: () => number,
  ) {}

  add(kind: Kind): void {
    const nowMs = this.nowMs();
    const last = this.buckets.at(-1);
    if (last !== undefined && nowMs - last.startsAtMs < this.windowMs / bucketCount) {
      last.counts.set(kind, (last.counts.get(kind) ?? 0) + 1);
      return;
    }
    this.forget(nowMs);
    this.buckets.push({ startsAtMs: nowMs, counts: new Map([[kind, 1]]) });
  }

  of(kind: Kind): number {
    this.forget(this.nowMs());
    return this.buckets.reduce((sum, { counts }) => sum + (counts.get(kind) ?? 0), 0);
  }

  clear(): void {
    this.buckets = [];
  }

  private forget(nowMs: number): void {
    while (this.buckets[0] !== undefined && nowMs - this.buckets[0].startsAtMs >= this.windowMs)
      this.buckets.shift();
  }
}
