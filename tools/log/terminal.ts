const statusIntervalMs = 200;
const heartbeatIntervalMs = 10_000;
const firstHeartbeatMs = 2000;

/**
 * The terminal: lines, and one status line that shows what is being waited for. On a real terminal the status is
 * redrawn in place; in a log or under CI it becomes a line now and then.
 */
export class Terminal {
  readonly inPlace = process.stdout.isTTY && process.env.CI === undefined;
  readonly coloured = this.inPlace && process.env.NO_COLOR === undefined;

  constructor() {
    // A closed terminal or a finished `| head` must not end what runs here.
    process.stdout.on('error', () => undefined);
    process.stderr.on('error', () => undefined);
  }

  print(text: string): void {
    process.stdout.write(this.inPlace ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  /** Shows `what` with the time it takes; afterwards one line that says what `summary` makes of the outcome. */
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
