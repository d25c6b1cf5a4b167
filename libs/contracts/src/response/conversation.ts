import { z } from 'zod';
import { JsonObject } from '../json.ts';

/** What responses that name it go on from. Its items stand apart from it. */
export const Conversation = z.object({
  id: z.string(),
  metadata: JsonObject,
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
});
export type Conversation = z.infer<typeof Conversation>;
