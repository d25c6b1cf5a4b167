import { AppError, type Caller } from '@antiphon/contracts';
import { LOGGER, type Logger, traceOf } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MCP_CONFIG } from '../config.ts';
import { ToolRunner } from '../host/tool-runner.ts';
import { Cancellations } from './cancellations.ts';
import type { McpOptions } from './mcp-server.ts';
import { refuseForeignOrigin } from './origin.ts';
import { ToolEvents } from './tool-events.ts';

/**
 * The Model Context Protocol over streamable HTTP, without state: each POST gets a server of its own, so that any instance can answer it. A
 * session is only a name that distinguishes the clients of one caller; no state belongs to it.
 */
@Injectable()
export class McpEndpoint {
  constructor(
    private readonly runner: ToolRunner,
    private readonly cancellations: Cancellations,
    private readonly events: ToolEvents,
    @Inject(MCP_CONFIG) private readonly config: { endpoint: McpOptions },
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Answers through the reply, until the end of its stream. Throws AppErrors for requests that it refuses before that. */
  async handle(caller: Caller, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { runner, cancellations, events, logger } = this;
    const { endpoint: options } = this.config;
    refuseForeignOrigin(request.headers.origin, options.allowedOrigins);
    // GET would open a stream for messages of the server, which sends none; DELETE would end a session, which has no state.
    if (request.method !== 'POST') throw new AppError('method_not_allowed', 'Send messages with POST.');
    const sessionId = sessionIn(request);
    const { callsTool, createMcpServer, opensSession, readMessages, StreamableHTTPServerTransport } =
      await protocol();
    const messages = readMessages(request.body, {
      protocolVersion: headerOf(request, 'mcp-protocol-version'),
      batchMax: options.batchMax,
    });
    if (opensSession(messages)) void reply.header('mcp-session-id', crypto.randomUUID());
    const transport = new StreamableHTTPServerTransport({
      // Tool calls may take long and report progress, so they are answered with a stream; other requests with plain JSON.
      enableJsonResponse: !callsTool(messages),
      keepAliveMs: options.keepAliveMs,
    });
    const server = createMcpServer(
      { runner, cancellations, events, options, logger },
      {
        caller,
        sessionId,
        trace: traceOf(request),
        hangUp: Array.isArray(messages) ? null : () => void transport.close(),
      },
    );
    // The streams of this server cannot be resumed, so a call ends with the connection of its client.
    reply.raw.on('close', () => void server.close());
    await server.connect(transport);
    takeOver(reply);
    await transport.handleRequest(request.raw, reply.raw, messages);
  }
}

/** Loads the MCP SDK with the first request: many installations have no MCP client. */
async function protocol() {
  const [reading, serving, transport] = await Promise.all([
    import('./read-messages.ts'),
    import('./mcp-server.ts'),
    import('@modelcontextprotocol/sdk/server/streamableHttp.js'),
  ]);
  return { ...reading, ...serving, ...transport };
}

/** The client chooses the name of its session, from the characters that the protocol allows. Throws `invalid_request`. */
function sessionIn(request: FastifyRequest): string | null {
  const sessionId = headerOf(request, 'mcp-session-id');
  if (sessionId === undefined) return null;
  if (/^[\x21-\x7e]{1,128}$/.test(sessionId)) return sessionId;
  throw new AppError('invalid_request', 'Mcp-Session-Id must be 1 to 128 visible ASCII characters.');
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Lets the SDK write to the socket. Copies the headers that are set already. */
function takeOver(reply: FastifyReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
}
