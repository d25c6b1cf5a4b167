import { constants } from 'node:os';

/** Ctrl-C in a terminal arrives directly and again through npm, so signals within this time count as one. */
const sameRequestMs = 500;

const parentCheckMs = 250;

/** The longest time for a stop; then the remaining processes are killed. */
export const stopTimeMaxMs = 10_000;

/**
 * Calls `stop` at the first Ctrl-C, SIGTERM or closing of the terminal, and `force` at the second. A signal to npm ends only the shell that it
 * runs the script in: where that shell is gone, `stop` is called as by SIGTERM.
 */
export function onStopRequest({
  stop,
  force,
}: {
  stop: (signal: NodeJS.Signals) => void;
  force: () => void;
}): void {
  let firstAt: number | undefined;
  const request = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      stop(signal);
    } else if (performance.now() - firstAt > sameRequestMs) {
      force();
      process.exit(exitCodeOf(signal));
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
  if (process.env.npm_lifecycle_script?.includes('tools/bootstrap.mjs') !== true) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    if (firstAt === undefined) request('SIGTERM');
  }, parentCheckMs).unref();
}

/** Returns the exit code that a shell reports for a program ended by this signal. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
