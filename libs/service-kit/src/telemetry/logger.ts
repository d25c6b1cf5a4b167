import type { LoggerService } from '@nestjs/common';
import { type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** Nest's token for the service's logger. */
export const LOGGER = Symbol('logger');

/** One JSON line an entry on standard output; secrets are left out wherever they stand. */
export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        'authorization',
        'cookie',
        'headers',
        'apiKey',
        'token',
        'secret',
        '*.authorization',
        '*.apiKey',
        '*.token',
        '*.secret',
      ],
      censor: '[redacted]',
    },
  });
}

/** Nest's own words, in our log: only what goes wrong, since Nest tells every route it maps. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: () => undefined,
    error: (message: unknown, ...details: unknown[]) => logger.error({ details }, String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
  };
}
