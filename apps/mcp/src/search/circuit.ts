export interface CircuitOptions {
  /** Failures in a row after which it is left alone. */
  failuresMax: number;
  /** For how long. */
  restMs: number;
}

/** Remembers of something that is asked again and again whether it is worth asking. */
export class Circuit {
  private failures = 0;
  private restsUntil = 0;

  constructor(
    private readonly options: CircuitOptions,
    private readonly now: () => number,
  ) {}

  /** Whether to ask. After each rest one call finds out how it is, while the others leave it alone for another. */
  enter(): boolean {
    if (this.failures < this.options.failuresMax) return true;
    if (this.now() < this.restsUntil) return false;
    this.rest();
    return true;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    this.failures++;
    this.rest();
  }

  private rest(): void {
    this.restsUntil = this.now() + this.options.restMs;
  }
}
