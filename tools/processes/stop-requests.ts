import { constants } from 'node:os';

/** Ctrl-C in a terminal arrives once directly and once more through npm, so what comes together counts as one. */
const sameRequestMs = 500;

/** How long a stop may take before what is left is ended by force. */
export const stopTimeMaxMs = 10_000;

/**
 * Turns Ctrl-C, SIGTERM and the closing of the terminal into one call of `stop`; asking a second time means at once.
 */
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

/** What a shell reports for a program that a signal has ended. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
