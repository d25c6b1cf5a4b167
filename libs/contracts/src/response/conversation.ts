import { z } from 'zod';
import { JsonObject } from '../json.ts';

/** A conversation: responses in it go on from its items, which are stored apart. */
export const Conversation = z.object({
  id: z.string(),
  metadata: JsonObject,
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
});
export type Conversation = z.infer<typeof Conversation>;
