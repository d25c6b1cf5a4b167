import { WakeUp } from './wake-up.ts';

/**
 * Passes items from one producer that pushes to one consumer that awaits. The producer keeps to `countMax`, for example by a window that
 * the consumer grants; an item beyond it is an error.
 */
export class BoundedQueue<Item> {
  private readonly items: Item[] = [];
  private readonly change = new WakeUp();
  /** How the queue ends once its items are taken. The first outcome holds. */
  private outcome: { error?: unknown } | undefined;

  constructor(private readonly countMax: number) {}

  /** Adds an item. Throws a RangeError where `countMax` items wait already. */
  push(item: Item): void {
    if (this.items.length >= this.countMax)
      throw new RangeError(`the queue holds ${this.countMax} items already`);
    this.items.push(item);
    this.change.ring();
  }

  /** The consumer gets the items pushed so far, then the end. */
  end(): void {
    this.outcome ??= {};
    this.change.ring();
  }

  /** The consumer gets the items pushed so far, then the error. */
  fail(error: unknown): void {
    this.outcome ??= { error };
    this.change.ring();
  }

  /** Drops the items that were not taken. The consumer gets the error at once. */
  abort(error: unknown): void {
    this.items.length = 0;
    this.outcome = { error };
    this.change.ring();
  }

  /** The next item; undefined at the end. Throws the error of `fail` or `abort`. */
  async next(): Promise<Item | undefined> {
    for (;;) {
      if (this.items.length > 0) return this.items.shift();
      if (this.outcome && 'error' in this.outcome) throw this.outcome.error;
      if (this.outcome) return undefined;
      await this.change.next(Infinity);
    }
  }
}
