import { z } from 'zod';
import { Usage } from '../response/response.ts';
import { defineEvent } from './event.ts';

/**
 * What a response has used in sum, told when it ends if it used anything. A cancelled one may be told again when its runner hands in
 * what it had still used: the later figures of a response take the place of the earlier.
 */
export const usageRecorded = defineEvent({
  subject: 'events.usage.recorded',
  version: 1,
  data: z.object({
    /** Null for a response with `store: false`: nothing of it is kept but the figures, and those are told once. */
    responseId: z.string().nullable(),
    userId: z.string(),
    tenantId: z.string(),
    /** The provider's own name for what answered. */
    model: z.string().nullable(),
    usage: Usage,
    toolCalls: z.number().int().nonnegative(),
  }),
});
