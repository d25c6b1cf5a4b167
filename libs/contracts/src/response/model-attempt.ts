import { z } from 'zod';

/** One attempt at a model turn. */
export const ModelAttempt = z.object({
  /** The operator's name for the provider. */
  provider: z.string(),
  /** The provider's name for the model. */
  model: z.string(),
  /** `ok`, `cancelled`, `content_filter` or the code of an error. */
  outcome: z.string(),
  durationMs: z.number().nonnegative(),
});
export type ModelAttempt = z.infer<typeof ModelAttempt>;
