import type { Logger } from 'pino';
import { ConfigError } from './config/env.ts';

/** How long closing may take beyond its time before the process is ended. */
const hardExitAfterMs = 5_000;

/** Ends the process on SIGTERM and SIGINT when `stop` has resolved; at the latest 5 s after `stopTimeMs`. */
export function stopOnSignals(stop: () => Promise<void>, stopTimeMs: number, logger: Logger): void {
  let isStopping = false;
  const end = async () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => exitWith('stopping took too long'), stopTimeMs + hardExitAfterMs).unref();
    await stop();
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void end().catch(exitWith));
  process.on('SIGINT', () => void end().catch(exitWith));
}

/** Ends a process that cannot go on, with the reason on stderr: an error of the configuration as its message alone. */
export function exitWith(reason: unknown): never {
  const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  process.stderr.write(`${reason instanceof ConfigError ? reason.message : text}\n`);
  process.exit(1);
}
