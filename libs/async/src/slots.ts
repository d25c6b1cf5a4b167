/** Free places for work: how many pieces may still start, and how much weight they may add together. */
export interface FreeSlots {
  countMax: number;
  weightMax: number;
}

/**
 * Counts the work in progress against two bounds: the number of pieces and the sum of their weights (in a unit of the owner's choice).
 * Work starts while both bounds leave room, so the last piece may exceed the weight.
 */
export class Slots {
  private readonly running = new Set<Promise<void>>();
  private weight = 0;

  constructor(
    private readonly countMax: number,
    private readonly weightMax = Infinity,
  ) {}

  /** The number of pieces in progress. */
  get count(): number {
    return this.running.size;
  }

  get free(): FreeSlots {
    return { countMax: this.countMax - this.running.size, weightMax: this.weightMax - this.weight };
  }

  get hasRoom(): boolean {
    const { countMax, weightMax } = this.free;
    return countMax > 0 && weightMax > 0;
  }

  /**
   * Starts a piece of work, which occupies a slot until it settles. `setWeight` replaces the weight of the piece once it is known better.
   * Settles with the work, after its slot is free again.
   */
  run(work: (setWeight: (weight: number) => void) => Promise<void>, weight = 0): Promise<void> {
    let own = weight;
    const setWeight = (next: number) => {
      this.weight += next - own;
      own = next;
    };
    this.weight += own;
    const piece = work(setWeight).finally(() => {
      this.running.delete(piece);
      this.weight -= own;
    });
    this.running.add(piece);
    return piece;
  }

  /** Resolves once all work that is in progress now has settled. Never rejects. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.running);
  }
}
