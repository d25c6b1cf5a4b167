import type { LoggerService } from '@nestjs/common';
import {
  destination,
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino';

export type { Logger } from 'pino';

/** Nest's token for the service's logger. */
export const LOGGER = Symbol('logger');

/**
 * One JSON line an entry on standard output; secrets are left out wherever they stand. Lines go out together, at the latest after a tenth
 * of a second and at the process's end: a write for each would be a sixth of what a plain request costs.
 */
export function createLogger(
  name: string,
  level: string,
  sink: DestinationStream = standardOutput(),
): Logger {
  const options: LoggerOptions = {
    level,
    base: { name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
  };
  return pino(options, sink);
}

const secretPaths = ['authorization', 'cookie', 'headers', 'apiKey', 'token', 'secret'].flatMap((name) => [
  name,
  `*.${name}`,
]);

/** Standard output for one or more loggers of a process: their lines stay whole and in order. */
export function standardOutput(): DestinationStream {
  return destination({ sync: false, minLength: 8_192, periodicFlush: 100 });
}

/** Nest's warnings and errors, in our log. Its informational lines, one for each route, are dropped. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: () => undefined,
    error: (message: unknown, ...details: unknown[]) => logger.error({ details }, String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
  };
}
