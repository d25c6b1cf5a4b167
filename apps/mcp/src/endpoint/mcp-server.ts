import { createHash, randomUUID } from 'node:crypto';
import { AppError, type Caller, toolsCancelled } from '@antiphon/contracts';
import type { Logger, TraceContext } from '@antiphon/service-kit';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestParamsSchema,
  type CallToolResult,
  CancelledNotificationSchema,
  ErrorCode as RpcCode,
  InitializeRequestSchema,
  type InitializeResult,
  LATEST_PROTOCOL_VERSION,
  type ListToolsResult,
  PaginatedRequestParamsSchema,
  type ServerNotification,
  type ServerRequest,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { z } from 'zod';
import type { ToolRunner } from '../host/tool-runner.ts';
import type { Cancellations } from './cancellations.ts';
import { toRpcError } from './json-rpc-error.ts';
import { withProgress } from './progress.ts';
import type { ToolEvents } from './tool-events.ts';
import { toolPage } from './tool-page.ts';

export interface McpOptions {
  /** Tools on one page of the list. */
  pageSize: number;
  /** How often a client that asked for progress gets a notification while its call runs. */
  progressIntervalMs: number;
  /** How long a stream may be silent before a comment is sent. */
  keepAliveMs: number;
  /** Messages in one batch. */
  batchMax: number;
  /** Origins whose pages may use the endpoint, besides those of loopback. */
  allowedOrigins: readonly string[];
  /** How long one tool call may take. */
  toolTimeoutMs: number;
}

export interface McpServerParts {
  runner: ToolRunner;
  cancellations: Cancellations;
  events: Pick<ToolEvents, 'executed'>;
  options: McpOptions;
  logger: Logger;
}

/** The context of one HTTP request. */
export interface Exchange {
  caller: Caller;
  sessionId: string | null;
  trace: TraceContext;
  /** Closes the stream without the missing answers; null where answers to other requests share the stream. */
  hangUp: (() => void) | null;
}

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

const serverInfo = { name: 'antiphon', title: 'Antiphon', version: '0.1.0' };
const capabilities = { tools: {} };
const instructions =
  'Tools of this server, for models: searching the web, reading pages, asking HTTP services and others.';

/** Shared, because each server would otherwise make a validator, for requests to the client that this server never sends. */
const jsonSchemaValidator = new AjvJsonSchemaValidator();

/** The protocol for the length of one HTTP request, for one caller. */
export function createMcpServer(parts: McpServerParts, exchange: Exchange): Server {
  const server = new Server(serverInfo, { capabilities, instructions, jsonSchemaValidator });
  // The handlers check the parameters: the SDK would answer wrong ones as an internal error.
  server.setRequestHandler(anyRequest('initialize'), (request) => initialize(request));
  server.setRequestHandler(anyRequest('tools/list'), ({ params }) =>
    answer(parts.logger, () => listTools(parts, exchange, params)),
  );
  server.setRequestHandler(anyRequest('tools/call'), ({ params }, extra) =>
    answer(parts.logger, () => callTool(parts, exchange, params, extra)),
  );
  server.setNotificationHandler(CancelledNotificationSchema, ({ params: { requestId } }) => {
    const { data } = toolsCancelled.payload.safeParse({ ...keyOf(exchange), requestId });
    if (data) parts.cancellations.cancel(data);
  });
  return server;
}

function anyRequest<Method extends string>(method: Method) {
  return z.object({ method: z.literal(method), params: z.unknown().optional() });
}

/** Agrees on the requested version where it is supported, else on the newest; a client that does not support that disconnects. */
function initialize(request: unknown): InitializeResult {
  const { data } = InitializeRequestSchema.safeParse(request);
  if (!data)
    throw rpcError(RpcCode.InvalidParams, 'initialize needs protocolVersion, capabilities and clientInfo');
  const asked = data.params.protocolVersion;
  const protocolVersion = SUPPORTED_PROTOCOL_VERSIONS.includes(asked) ? asked : LATEST_PROTOCOL_VERSION;
  return { protocolVersion, capabilities, serverInfo, instructions };
}

async function listTools(
  { runner, options }: McpServerParts,
  { caller }: Exchange,
  params: unknown,
): Promise<ListToolsResult> {
  const { success, data } = PaginatedRequestParamsSchema.optional().safeParse(params);
  const page = success ? toolPage(await runner.list(caller, 'all'), data?.cursor, options.pageSize) : null;
  if (!page) throw rpcError(RpcCode.InvalidParams, 'the cursor is not one that this server gave');
  return page;
}

async function callTool(
  parts: McpServerParts,
  exchange: Exchange,
  params: unknown,
  extra: Extra,
): Promise<CallToolResult> {
  const cancellable = parts.cancellations.watch({ ...keyOf(exchange), requestId: extra.requestId });
  const { hangUp } = exchange;
  // A cancelled request gets no answer, so the stream just ends.
  if (hangUp) cancellable.signal.addEventListener('abort', hangUp);
  const signal = AbortSignal.any([extra.signal, cancellable.signal]);
  try {
    return await runTool(parts, exchange, params, { ...extra, signal });
  } finally {
    cancellable.release();
  }
}

/** Only tools of the list can be called: over this protocol the caller cannot decide about a tool that needs approval. */
async function runTool(
  { runner, events, options }: McpServerParts,
  { caller, trace }: Exchange,
  params: unknown,
  { signal, sendNotification, _meta }: Extra,
): Promise<CallToolResult> {
  const { name, arguments: args = {} } = CallToolRequestParamsSchema.parse(params); // the SDK has checked them
  if (!(await runner.find(caller, name)))
    throw rpcError(RpcCode.InvalidParams, `Unknown tool: ${name.slice(0, 64)}`);
  const call = {
    caller,
    name,
    arguments: JSON.stringify(args),
    idempotencyKey: idempotencyKeyOf(caller, _meta?.idempotencyKey),
    timeoutMs: options.toolTimeoutMs,
  };
  const progress = {
    token: _meta?.progressToken,
    intervalMs: options.progressIntervalMs,
    send: sendNotification,
  };
  const result = await withProgress(progress, (onProgress) =>
    runner.call({ ...call, ...(onProgress && { onProgress }) }, signal, trace),
  );
  await events.executed(caller, name, result);
  const images = (result.images ?? []).map(({ url }) => toImageContent(url));
  return { content: [{ type: 'text', text: result.output }, ...images], isError: result.error !== null };
}

/** A data URL as image content of the protocol. */
function toImageContent(url: string): { type: 'image'; mimeType: string; data: string } {
  const [, mimeType = '', data = ''] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  return { type: 'image', mimeType, data };
}

function keyOf({ caller, sessionId }: Exchange) {
  return { userId: caller.userId, sessionId };
}

/** A client's own key, hashed with its user: keys of other users differ, and the hash fits into a header. */
function idempotencyKeyOf(caller: Caller, key: unknown): string {
  if (typeof key !== 'string') return `mcp_${randomUUID()}`;
  return `mcp_${createHash('sha256').update(`${caller.userId}\n${key}`).digest('base64url')}`;
}

async function answer<T>(logger: Logger, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number') throw thrown;
    const error = AppError.from(thrown);
    if (error.code === 'internal') logger.error({ err: error.cause }, 'an MCP request failed');
    const { message, data } = toRpcError(error);
    throw rpcError(RpcCode.InternalError, message, data);
  }
}

/** An error that the SDK sends unchanged. The SDK's own class would repeat the code in the message. */
function rpcError(code: RpcCode, message: string, data?: unknown): Error {
  return Object.assign(new Error(message), { code, data });
}
