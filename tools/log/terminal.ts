const statusIntervalMs = 200;
const heartbeatIntervalMs = 10_000;
const firstHeartbeatMs = 2000;

/**
 * Prints lines, and a status line for the step that is running. A terminal redraws the status in place; a log file or CI gets it as a
 * line now and then.
 */
export class Terminal {
  readonly inPlace = process.stdout.isTTY && process.env.CI === undefined;
  readonly coloured = this.inPlace && process.env.NO_COLOR === undefined;

  constructor() {
    // A closed terminal or a finished `| head` must not end this process.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
  }

  print(text: string): void {
    process.stdout.write(this.inPlace ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  /** Runs a step: shows `what` with the elapsed time, then one line with `summary` of the outcome. */
  async step<T>(
    what: string,
    work: () => Promise<T>,
    summary: (outcome: T) => string = () => what,
  ): Promise<T> {
    const startedAt = performance.now();
    const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    const show = this.inPlace
      ? () => process.stdout.write(`\r\x1b[K… ${what} ${seconds()}`)
      : () => process.stdout.write(`… ${what} (${seconds()})\n`);
    if (this.inPlace) show();
    const first = this.inPlace ? undefined : setTimeout(show, firstHeartbeatMs);
    const timer = setInterval(show, this.inPlace ? statusIntervalMs : heartbeatIntervalMs);
    try {
      const outcome = await work();
      this.print(`✓ ${summary(outcome)} (${seconds()})`);
      return outcome;
    } catch (error) {
      this.print(`✗ ${what} (${seconds()})`);
      throw error;
    } finally {
      clearTimeout(first);
      clearInterval(timer);
    }
  }
}
