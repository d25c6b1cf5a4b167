import { z } from 'zod';

/** How a caller proved who they are. `service` is one of our own services acting for itself. */
export const CallerKind = z.enum(['guest', 'user', 'key', 'service']);
export type CallerKind = z.infer<typeof CallerKind>;

/** Who asks. The first argument of everything that reads or writes someone's data. */
export const Caller = z.object({
  userId: z.string().min(1).max(128),
  tenantId: z.string().min(1).max(128),
  kind: CallerKind,
  scopes: z.array(z.string()),
});
export type Caller = z.infer<typeof Caller>;
