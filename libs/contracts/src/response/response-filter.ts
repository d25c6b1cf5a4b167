import { z } from 'zod';
import { ResponseStatus } from './status.ts';

/** A filter over a caller's responses, and the page size. A field that is null does not filter. */
export const ResponseFilter = z.object({
  statuses: z.array(ResponseStatus).nullable(),
  /** The model as the caller named it, or as the provider did. */
  model: z.string().nullable(),
  conversationId: z.string().nullable(),
  /** All of these entries must match. */
  metadata: z.record(z.string(), z.string()),
  /** The id of a response: the page begins after it. */
  after: z.string().nullable(),
  limit: z.number().int().positive(),
  /** By the time of creation. */
  order: z.enum(['asc', 'desc']),
});
export type ResponseFilter = z.infer<typeof ResponseFilter>;
