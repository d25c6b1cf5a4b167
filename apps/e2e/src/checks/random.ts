/** Pseudo-random numbers (mulberry32). The same seed gives the same numbers, so that a failure can be repeated. */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** A generator of its own for one of several concurrent tasks: the numbers that one takes do not change those of the others. */
  fork(): Random {
    return new Random(this.integer(0, 2 ** 31 - 1));
  }

  pick<Entry>(entries: readonly [Entry, ...Entry[]]): Entry {
    return entries[this.integer(0, entries.length - 1)] ?? entries[0];
  }
}
