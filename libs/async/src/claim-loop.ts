import type { FreeSlots, Slots } from './slots.ts';

export interface ClaimLoopOptions<Claimed> {
  /** The longest time between two claims while slots are free, in milliseconds: the price of a ring that was lost. */
  pollMs: number;
  slots: Slots;
  /** Claims at most as much work as fits into the free slots. */
  claim: (free: FreeSlots) => Promise<readonly Claimed[]>;
  /** The most pieces that one claim asks for; after as many the next claim follows at once. No bound where left out. */
  claimMax?: number;
  /** Runs a piece of work. `setWeight` replaces its weight once that is known better. */
  run: (claimed: Claimed, setWeight: (weight: number) => void) => Promise<void>;
  /** The weight of a piece of work in its slot, until it sets another one; zero where left out. */
  weightOf?: (claimed: Claimed) => number;
  /** Whether claimed work could run now; always where left out. */
  isReady?: () => boolean;
  /** A claim failed. The next ring or poll claims again. */
  onClaimError: (error: unknown) => void;
  /** A piece of work failed. Its slot is free again. */
  onRunError: (error: unknown, claimed: Claimed) => void;
}

/**
 * Claims work and runs it while slots are free: at each ring, at each poll, and whenever a slot becomes free. One claim is under way at a
 * time; a ring during a claim causes another one.
 */
export class ClaimLoop<Claimed> {
  private claiming: Promise<void> = Promise.resolve();
  private isClaiming = false;
  private hasRung = false;
  private isStopped = false;
  private poll: NodeJS.Timeout | undefined;

  constructor(private readonly options: ClaimLoopOptions<Claimed>) {}

  start(): void {
    this.poll = setInterval(() => this.ring(), this.options.pollMs);
    this.ring();
  }

  /** There may be work to claim. */
  ring(): void {
    this.hasRung = true;
    if (!this.isClaiming) this.claiming = this.claim();
  }

  /** Claims nothing more from now on. Resolves once the claim under way and all work in progress have ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.poll);
    await this.claiming;
    await this.options.slots.idle();
  }

  private async claim(): Promise<void> {
    const { slots, claim, claimMax = Infinity, isReady = () => true, onClaimError } = this.options;
    this.isClaiming = true;
    try {
      while (this.hasRung && !this.isStopped && slots.hasRoom && isReady()) {
        this.hasRung = false;
        const { countMax, weightMax } = slots.free;
        const all = await claim({ countMax: Math.min(countMax, claimMax), weightMax });
        for (const claimed of all) this.run(claimed);
        if (all.length >= claimMax) this.hasRung = true;
      }
    } catch (error) {
      onClaimError(error);
    } finally {
      this.isClaiming = false;
    }
  }

  private run(claimed: Claimed): void {
    const { slots, run, weightOf = () => 0, onRunError } = this.options;
    let known = weightOf(claimed);
    const start = (setWeight: (weight: number) => void) =>
      run(claimed, (weight) => {
        setWeight(weight);
        if (weight < known) this.ring();
        known = weight;
      });
    void slots
      .run(start, known)
      .catch((error: unknown) => onRunError(error, claimed))
      .then(() => this.ring());
  }
}
