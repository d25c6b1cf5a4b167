import { z } from 'zod';
import { ErrorCode } from '../errors.ts';
import { defineEvent } from './event.ts';

/**
 * A call of a server tool came back, and its outcome is in the response's journal. Told once for each call, however many runners tried
 * it; not of responses with `store: false`, which have no journal.
 */
export const toolExecuted = defineEvent({
  subject: 'events.tools.executed',
  version: 1,
  data: z.object({
    responseId: z.string(),
    /** The id of the call's item. */
    itemId: z.string(),
    userId: z.string(),
    tenantId: z.string(),
    tool: z.string(),
    /** The tool turn it belongs to, from 0. */
    depth: z.number().int().nonnegative(),
    status: z.enum(['completed', 'failed']),
    errorCode: ErrorCode.nullable(),
    durationMs: z.number().nonnegative(),
  }),
});
