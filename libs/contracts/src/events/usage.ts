import { z } from 'zod';
import { Usage } from '../response/turns/usage.ts';
import { defineEvent } from './event.ts';

/**
 * The total usage of a response, published at its end if it has any. A cancelled response may publish it again when its runner adds the rest:
 * the later figures replace the earlier.
 */
export const usageRecorded = defineEvent({
  subject: 'events.usage.recorded',
  version: 1,
  data: z.object({
    /** Null for a response with `store: false`, which publishes its figures once. */
    responseId: z.string().nullable(),
    userId: z.string(),
    tenantId: z.string(),
    /** The model that answered, as the provider names it. */
    model: z.string().nullable(),
    usage: Usage,
    toolCalls: z.number().int().nonnegative(),
  }),
});
