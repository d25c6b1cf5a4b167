import { z } from 'zod';
import { ResponseStatus } from './status.ts';

/** Which of a caller's responses are wanted, and how many. What is null does not matter. */
export const ResponseFilter = z.object({
  statuses: z.array(ResponseStatus).nullable(),
  /** As the caller named it, or as the provider did. */
  model: z.string().nullable(),
  conversationId: z.string().nullable(),
  /** All of these. */
  metadata: z.record(z.string(), z.string()),
  /** The id of a response: those that come after it in the order. */
  after: z.string().nullable(),
  limit: z.number().int().positive(),
  /** By the time they were made. */
  order: z.enum(['asc', 'desc']),
});
export type ResponseFilter = z.infer<typeof ResponseFilter>;
