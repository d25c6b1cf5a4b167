import { z } from 'zod';
import { defineEvent } from './event.ts';

/** An account was created. */
export const userCreated = defineEvent({
  subject: 'events.users.created',
  version: 1,
  data: z.object({ userId: z.string(), tenantId: z.string(), kind: z.enum(['guest', 'user']) }),
});

/** An account was removed. Each service removes its data of the user. */
export const userRemoved = defineEvent({
  subject: 'events.users.removed',
  version: 1,
  data: z.object({ userId: z.string() }),
});
