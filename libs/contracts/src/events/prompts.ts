import { z } from 'zod';
import { defineEvent } from './event.ts';

/** A version of a prompt can be used from now on. */
export const promptPublished = defineEvent({
  subject: 'events.prompts.published',
  version: 1,
  data: z.object({
    promptId: z.string(),
    /** The name or number of the version. */
    version: z.string(),
    userId: z.string(),
    tenantId: z.string(),
  }),
});
