import { z } from 'zod';
import { DialectName } from './response.ts';
import { ResponseStatus } from './status.ts';

/** A filter over a caller's responses, and the page size. A field that is null or left out does not filter, where it says nothing else about null. */
export const ResponseFilter = z.object({
  statuses: z.array(ResponseStatus).nullable(),
  /** The model as the caller named it, or as the provider did. */
  model: z.string().nullable(),
  conversationId: z.string().nullable(),
  /** All of these entries must match. */
  metadata: z.record(z.string(), z.string()),
  /** The dialect of the create. Left out: all dialects. */
  dialect: DialectName.optional(),
  /** The id of the API key that created the response; null: responses that were created without a key. */
  keyId: z.string().nullable().optional(),
  /** The operator's name for the provider that answered last; null: responses that no provider answered. */
  provider: z.string().nullable().optional(),
  /** A tool that the model called, by its name. */
  tool: z.string().optional(),
  /** Words of the metadata, its names included: all of them, where the last may be the beginning of a word. */
  metadataText: z.string().optional(),
  /** Created at this time or later, in milliseconds since the epoch. */
  createdFromMs: z.number().optional(),
  /** Created before this time, in milliseconds since the epoch. */
  createdBeforeMs: z.number().optional(),
  /** Paused responses with a call that waits for approval. */
  waitingCall: z
    .object({
      /** Null: of all tools. */
      tool: z.string().nullable(),
      /** The model made the call at this time or later, in milliseconds since the epoch. */
      madeFromMs: z.number().optional(),
      /** The model made the call before this time, in milliseconds since the epoch. */
      madeBeforeMs: z.number().optional(),
    })
    .optional(),
  /** Whether long outputs of tool calls are cut to their beginnings. Left out: no. */
  isShort: z.boolean().optional(),
  /** The id of a response: the page begins after it. */
  after: z.string().nullable(),
  /** The id of a response: the page ends before it. At most one of `after` and `before` is set. */
  before: z.string().optional(),
  limit: z.number().int().positive(),
  /** By the time of creation. */
  order: z.enum(['asc', 'desc']),
});
export type ResponseFilter = z.infer<typeof ResponseFilter>;
