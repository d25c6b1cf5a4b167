import { z } from 'zod';

/** The name of a model in a request. */
export const ModelName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');
