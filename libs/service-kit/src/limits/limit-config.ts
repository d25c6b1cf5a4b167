import { z } from 'zod';
import { parseDuration } from '../config/env.ts';

/** The kinds of caller whose limits may differ. `key`: a user's API keys; a guest's count as the guest. `local`: the caller without a token, where there is one. */
export const limitedKinds = ['guest', 'user', 'key', 'local'] as const;
export type LimitedKind = (typeof limitedKinds)[number];
export type LimitPerKind = Readonly<Record<LimitedKind, number>>;

const hourMs = 3_600_000;
const minuteMs = 60_000;
const mebibyte = 1_048_576;

/** The variables that limit each caller: `guest=600,user=1200`, or one value for all kinds. Kinds that are left out keep their default. */
export const limitEnv = {
  LIMIT_REQUESTS: perKind({ guest: 3_000, user: 6_000, key: 6_000, local: 600_000 }, parseCount),
  LIMIT_RUNS: perKind({ guest: 64, user: 256, key: 256, local: 4_096 }, parseCount),
  LIMIT_STREAMS: perKind({ guest: 64, user: 256, key: 256, local: 4_096 }, parseCount),
  LIMIT_QUEUED_RUNS: perKind({ guest: 500, user: 2_000, key: 2_000, local: 20_000 }, parseCount),
  LIMIT_STORED_BYTES: perKind(
    { guest: 256 * mebibyte, user: 4_096 * mebibyte, key: 4_096 * mebibyte, local: 65_536 * mebibyte },
    parseCount,
  ),
  LIMIT_STORED_ROWS: perKind({ guest: 50_000, user: 500_000, key: 500_000, local: 5_000_000 }, parseCount),
  LIMIT_PYTHON_TIME: perKind(
    { guest: 20 * minuteMs, user: 2 * hourMs, key: 2 * hourMs, local: 100 * hourMs },
    parseDuration,
  ),
  LIMIT_SCRAPE_TIME: perKind(
    { guest: 20 * minuteMs, user: 2 * hourMs, key: 2 * hourMs, local: 100 * hourMs },
    parseDuration,
  ),
};

/** The limits of each caller. */
export interface LimitConfig {
  /** Requests a minute. */
  requests: LimitPerKind;
  /** Requests at the same time that run a model or a tool while their caller waits. */
  runs: LimitPerKind;
  /** Open WebSockets and server-sent streams. */
  streams: LimitPerKind;
  /** Background runs that wait for a worker. */
  queuedRuns: LimitPerKind;
  /** The size of responses, conversations and prompts in the database, and their number. */
  storedBytes: LimitPerKind;
  storedRows: LimitPerKind;
  /** Milliseconds of python_exec an hour. */
  pythonMs: LimitPerKind;
  /** Milliseconds of scrape an hour. */
  scrapeMs: LimitPerKind;
}

export function limitConfig(env: z.output<z.ZodObject<typeof limitEnv>>): LimitConfig {
  return {
    requests: env.LIMIT_REQUESTS,
    runs: env.LIMIT_RUNS,
    streams: env.LIMIT_STREAMS,
    queuedRuns: env.LIMIT_QUEUED_RUNS,
    storedBytes: env.LIMIT_STORED_BYTES,
    storedRows: env.LIMIT_STORED_ROWS,
    pythonMs: env.LIMIT_PYTHON_TIME,
    scrapeMs: env.LIMIT_SCRAPE_TIME,
  };
}

function perKind(fallback: LimitPerKind, parse: (text: string) => number | null) {
  return z
    .string()
    .default('')
    .transform((text, context): LimitPerKind => {
      const limits = { ...fallback };
      for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
        const [, name, value = ''] = /^\s*(?:(\w+)\s*=)?\s*(\S+)\s*$/.exec(entry) ?? [];
        const limit = parse(value);
        const kinds = limitedKinds.filter((kind) => name === undefined || name === kind);
        if (limit === null || limit <= 0 || kinds.length === 0) {
          context.addIssue(
            `must be one value, or values for ${limitedKinds.join(', ')}, got "${entry.trim()}"`,
          );
          return z.NEVER;
        }
        for (const kind of kinds) limits[kind] = limit;
      }
      return limits;
    });
}

function parseCount(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
