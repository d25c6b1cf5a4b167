import { z } from 'zod';
import { ModelAttempt } from './model-attempt.ts';
import { Usage } from './usage.ts';

/** How many attempts a turn keeps. */
export const keptAttemptsMax = 20;

/** How one request for a model turn went. */
export const TurnCourse = z.object({
  /** When the model was called, in milliseconds since the epoch. */
  startedAt: z.number(),
  /** Until the end of the answer, or until the request failed. */
  durationMs: z.number().nonnegative(),
  /** Until the provider's first output, with the failed attempts before it; null where there was none, or the request failed. */
  firstOutputMs: z.number().nonnegative().nullable(),
  /** `ok`, or the code of the error that ended it (`cancelled` among them). */
  outcome: z.string(),
  /** The operator's name for the provider that answered, or whose answer broke off; null where none did. */
  provider: z.string().nullable(),
  /** US dollars by list prices; null where the prices are unknown, and for failed requests. */
  costUsd: z.number().nonnegative().nullable(),
  /** In their order, the first 20 of them. Empty where the llm service did not report them, as after a cancel. */
  attempts: z.array(ModelAttempt),
});
export type TurnCourse = z.infer<typeof TurnCourse>;

/**
 * One request for a model turn of a run, as it is kept with the response: written with the checkpoint of its turn, in the order of the requests. A turn whose answer
 * broke off, or was rejected, is requested again at the same depth and has a record for each request.
 */
export const TurnRecord = TurnCourse.extend({
  /** The place of the turn, from 0; that of its tool calls. */
  depth: z.number().int().nonnegative(),
  /** The model that answered, as the provider names it; null where none did. */
  model: z.string().nullable(),
  /** By kind, with the provider's own object (`raw`). Estimated for an answer that broke off. */
  usage: Usage,
});
export type TurnRecord = z.infer<typeof TurnRecord>;

/** The last request that a provider answered; undefined where none is known. */
export function lastAnswered(turns: readonly TurnRecord[] = []): TurnRecord | undefined {
  return turns.findLast(({ outcome, provider }) => outcome === 'ok' && provider !== null);
}

/** The sum of the known costs of turns, in US dollars; null where none is known. */
export function costOf(turns: readonly TurnRecord[] = []): number | null {
  const known = turns.flatMap(({ costUsd }) => costUsd ?? []);
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
}
