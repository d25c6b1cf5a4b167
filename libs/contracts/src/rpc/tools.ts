import { z } from 'zod';
import { Caller } from '../caller.ts';
import { ErrorInfo } from '../errors.ts';
import { ImagePart } from '../response/item.ts';
import { ServerToolSelection } from '../response/response.ts';
import { RequestServer, ServerAccess, ServerListing, ServerTool } from '../response/tool.ts';
import { defineRpc, defineSignal } from './rpc.ts';

/** The tools a caller may use. Names that are not tools are left out of the answer. */
export const toolsList = defineRpc({
  subject: 'tools.list',
  isRepeatable: true,
  request: z.object({ caller: Caller, select: ServerToolSelection }),
  reply: z.object({ tools: z.array(ServerTool) }),
});

/** An MCP server that a request names, for whoever is to call it. Its headers are credentials. */
export const CalledServer = RequestServer.pick({ label: true, allowed: true }).extend({
  /** Null: the server that the caller finds registered here under this label. */
  access: ServerAccess.nullable(),
});
export type CalledServer = z.infer<typeof CalledServer>;

/**
 * The tools of one MCP server that a request names, as far as the caller may use them. Errors: `not_found` where none is registered
 * under the label, otherwise what keeps the server from being asked.
 */
export const toolsListServer = defineRpc({
  subject: 'tools.list-server',
  isRepeatable: true,
  request: z.object({ caller: Caller, server: CalledServer }),
  reply: ServerListing,
});

/** What a tool gave back. A failure is data for the model: `output` holds the sentence it reads, `error` the code. */
export const ToolResult = z.object({
  output: z.string(),
  /** Images of the output, as data URLs; the text mentions each of them. */
  images: z.array(ImagePart).optional(),
  error: ErrorInfo.nullable(),
  durationMs: z.number().nonnegative(),
});
export type ToolResult = z.infer<typeof ToolResult>;

/**
 * Runs a tool. Every failure of the tool (unknown name, arguments that do not fit, a timeout, an error of its own) is a result; the
 * call itself fails only where the tool host could not be asked.
 */
export const toolsCall = defineRpc({
  subject: 'tools.call',
  request: z.object({
    caller: Caller,
    name: z.string(),
    /** The request's server whose tool it is; otherwise it is one of those that `tools.list` tells of. */
    server: CalledServer.optional(),
    /** JSON as the model wrote it. */
    arguments: z.string(),
    /** The same for every attempt of one call: passed on to tools that can use it. */
    idempotencyKey: z.string(),
    timeoutMs: z.number().positive(),
  }),
  reply: ToolResult,
});

/**
 * An MCP client cancelled a request of its own. Whichever instance runs it stops. Without a session the request is the caller's in general:
 * two clients of one caller that keep no session and use the same id cancel each other's.
 */
export const toolsCancelled = defineSignal({
  subject: 'tools.cancelled',
  payload: z.object({
    userId: z.string(),
    sessionId: z.string().nullable(),
    requestId: z.union([z.string().max(256), z.number()]),
  }),
});
