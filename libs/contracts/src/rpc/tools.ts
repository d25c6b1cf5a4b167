import { z } from 'zod';
import { Caller } from '../caller.ts';
import { ErrorInfo } from '../errors.ts';
import { CitableSource } from '../response/content/citation.ts';
import { CallDetail, HostedKind, HostedTool } from '../response/hosted/hosted-tool.ts';
import { ImagePart } from '../response/item.ts';
import { ServerToolSelection } from '../response/response.ts';
import { RequestServer, ServerAccess, ServerListing, ServerTool } from '../response/tool.ts';
import { defineRpc, defineSignal, defineStream } from './rpc.ts';

/** Lists the tools that a caller may use. Names that are not tools are left out of the answer. */
export const toolsList = defineRpc({
  subject: 'tools.list',
  isRepeatable: true,
  request: z.object({ caller: Caller, select: ServerToolSelection }),
  reply: z.object({ tools: z.array(ServerTool) }),
});

/** An MCP server of a request, for the tool host that calls it. Its headers are credentials. */
export const CalledServer = RequestServer.pick({ label: true, allowed: true }).extend({
  /** Null: the server that is registered for the caller under this label. */
  access: ServerAccess.nullable(),
});
export type CalledServer = z.infer<typeof CalledServer>;

/**
 * Lists the tools of an MCP server of a request, as far as the caller may use them. Errors: `not_found` where none is registered under the
 * label, else the error of the connection to the server.
 */
export const toolsListServer = defineRpc({
  subject: 'tools.list-server',
  isRepeatable: true,
  request: z.object({ caller: Caller, server: CalledServer }),
  reply: ServerListing,
});

/** The result of a tool call. A failure is data for the model: `output` is the sentence that it reads, `error` the code. */
export const ToolResult = z.object({
  output: z.string(),
  /** Images of the output, as data URLs; the text mentions each of them. */
  images: z.array(ImagePart).optional(),
  /** The sources of the output that the model may cite. */
  sources: z.array(CitableSource).optional(),
  /** The result of a hosted tool for the caller's item. */
  detail: CallDetail.optional(),
  error: ErrorInfo.nullable(),
  durationMs: z.number().nonnegative(),
});
export type ToolResult = z.infer<typeof ToolResult>;

const ToolCall = z.object({
  caller: Caller,
  name: z.string(),
  /** JSON as the model wrote it. */
  arguments: z.string(),
  /** The same for every attempt of one call. Passed on to tools that can use it. */
  idempotencyKey: z.string(),
  timeoutMs: z.number().positive(),
});

/**
 * Runs a tool. Every failure of the tool (unknown name, arguments that do not fit, a timeout, an error of its own) is a result; the call
 * itself fails only where the tool host is not available.
 */
export const toolsCall = defineRpc({
  subject: 'tools.call',
  request: ToolCall.extend({
    /** The request's server that has the tool; absent: a tool of `tools.list`. */
    server: CalledServer.optional(),
  }),
  reply: ToolResult,
});

/**
 * A function of a hosted tool for the model. The first function of a kind has the kind as its name, which a forced tool choice calls; the names of
 * its other functions begin with the kind.
 */
export const HostedFunction = z.object({
  kind: HostedKind,
  tool: ServerTool,
  /** Whether its calls get the images of the conversation. */
  takesImages: z.boolean().optional(),
  /** The detail that each call of this run begins with, and sends with it. Left out: none. */
  detail: CallDetail.optional(),
  /** What the caller gets less of than the tool declares, as a sentence for the response's `warnings`. Left out: nothing. */
  warning: z.string().optional(),
});
export type HostedFunction = z.infer<typeof HostedFunction>;

/**
 * Lists the functions of a request's hosted tools, as far as the caller may use them. A tool without functions is not offered. Errors: those of a
 * tool that the caller cannot use as it is declared, such as `not_found` for what it refers to.
 */
export const toolsListHosted = defineRpc({
  subject: 'tools.list-hosted',
  isRepeatable: true,
  request: z.object({
    caller: Caller,
    hosted: z.array(HostedTool),
    /** The details of the last calls in the context, one of each kind. */
    earlier: z.array(CallDetail).optional(),
  }),
  reply: z.object({ functions: z.array(HostedFunction) }),
});

/** More of a running hosted tool's detail, or the result, which ends the stream. */
export const HostedCallChunk = z.union([
  z.object({ progress: CallDetail }),
  z.object({ result: ToolResult }),
]);
export type HostedCallChunk = z.infer<typeof HostedCallChunk>;

/** Runs a function of a hosted tool, as `tools.call` does. A tool that reports no progress sends one chunk. */
export const toolsCallHosted = defineStream({
  subject: 'tools.call-hosted',
  request: ToolCall.extend({
    hosted: HostedTool,
    /** The images of the conversation, the newest first, as data URLs or links; absent where the function takes none. */
    images: z.array(z.string()).optional(),
    /** The detail that the call began with. */
    detail: CallDetail.optional(),
  }),
  chunk: HostedCallChunk,
  isLast: (chunk) => 'result' in chunk,
});

/**
 * Signals that an MCP client cancelled one of its requests: the instance that runs it stops. Without a session the request is known by caller
 * and id only: two clients of one caller without sessions that use the same id cancel each other's requests.
 */
export const toolsCancelled = defineSignal({
  subject: 'tools.cancelled',
  payload: z.object({
    userId: z.string(),
    sessionId: z.string().nullable(),
    requestId: z.union([z.string().max(256), z.number()]),
  }),
});
