export interface CircuitOptions {
  /** Failures in a row after which the service is not called. */
  failuresMax: number;
  /** How long the service is not called then. */
  restMs: number;
}

/** A circuit breaker: stops calls to a service that fails repeatedly. */
export class Circuit {
  private failures = 0;
  private restsUntil = 0;

  constructor(
    private readonly options: CircuitOptions,
    private readonly now: () => number,
  ) {}

  /** Whether to call the service. After each rest one call tries, and the others wait for another rest. */
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
