import { z } from 'zod';

/** One attempt at a model turn. */
export const ModelAttempt = z.object({
  /** The operator's name for the provider. */
  provider: z.string(),
  /** The provider's name for the model. */
  model: z.string(),
  /** `ok`, `cancelled`, `content_filter` or the code of an error. */
  outcome: z.string(),
  /** The kind of a provider's failure, more exact than its code: `connection`, `silence`, `overloaded`. Left out where the provider did not fail. */
  kind: z.string().optional(),
  /** From the request for the turn to the beginning of the attempt: earlier attempts and waits. Left out by earlier releases. */
  startedAfterMs: z.number().nonnegative().optional(),
  durationMs: z.number().nonnegative(),
});
export type ModelAttempt = z.infer<typeof ModelAttempt>;
