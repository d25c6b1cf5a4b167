import { constants } from 'node:os';

/** Ctrl-C in a terminal arrives directly and again through npm, so signals within this time count as one. */
const sameRequestMs = 500;

/** The longest time for a stop; then the remaining processes are killed. */
export const stopTimeMaxMs = 10_000;

/** Calls `stop` at the first Ctrl-C, SIGTERM or closing of the terminal, and `force` at the second. */
export function onStopRequest({
  stop,
  force,
}: {
  stop: (signal: NodeJS.Signals) => void;
  force: () => void;
}): void {
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        stop(signal);
      } else if (performance.now() - firstAt > sameRequestMs) {
        force();
        process.exit(exitCodeOf(signal));
      }
    });
  }
}

/** Returns the exit code that a shell reports for a program ended by this signal. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
