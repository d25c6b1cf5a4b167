import { z } from 'zod';
import { ErrorCode } from '../errors.ts';
import { defineEvent } from './event.ts';

/**
 * A call of a server tool returned. For a call of a run it is published once, when the outcome is in the response's journal; a response with
 * `store: false` has no journal and publishes none. A call of an MCP client publishes it when it returns.
 */
export const toolExecuted = defineEvent({
  subject: 'events.tools.executed',
  version: 2,
  data: z.object({
    /** Null for the call of an MCP client, as are `itemId` and `depth`. */
    responseId: z.string().nullable(),
    /** The id of the call's item. */
    itemId: z.string().nullable(),
    userId: z.string(),
    tenantId: z.string(),
    tool: z.string(),
    /** The tool turn of the call, from 0. */
    depth: z.number().int().nonnegative().nullable(),
    status: z.enum(['completed', 'failed']),
    errorCode: ErrorCode.nullable(),
    durationMs: z.number().nonnegative(),
  }),
});
