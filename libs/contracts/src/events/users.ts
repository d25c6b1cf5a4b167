import { z } from 'zod';
import { defineEvent } from './event.ts';

/** An account came to be. */
export const userCreated = defineEvent({
  subject: 'events.users.created',
  version: 1,
  data: z.object({ userId: z.string(), tenantId: z.string(), kind: z.enum(['guest', 'user']) }),
});

/** An account is gone for good. Whoever keeps something of its user removes that. */
export const userRemoved = defineEvent({
  subject: 'events.users.removed',
  version: 1,
  data: z.object({ userId: z.string() }),
});
