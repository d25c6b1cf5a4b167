import { z } from 'zod';
import { ErrorCode } from '../errors.ts';
import { defineEvent } from './event.ts';

/**
 * A call of a server tool came back. One of a run is told when its outcome is in the response's journal, once, however many runners tried
 * it; not of responses with `store: false`, which have no journal. One of an MCP client is told by itself.
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
    /** The tool turn it belongs to, from 0. */
    depth: z.number().int().nonnegative().nullable(),
    status: z.enum(['completed', 'failed']),
    errorCode: ErrorCode.nullable(),
    durationMs: z.number().nonnegative(),
  }),
});
