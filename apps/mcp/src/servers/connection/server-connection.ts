import { untilAborted } from '@antiphon/async';
import type { JsonObject } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { ToolProgress } from '../../host/tool.ts';
import { CallResult } from './call-result.ts';
import { OfferedTools } from './offered-tools.ts';
import { connectionError } from './connection-error.ts';
import { ConnectionFailure } from './connection-failure.ts';
import { serverFetch } from '../http/server-fetch.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer, ServerTransport } from '../registry/server.ts';
import { whileOpen } from './while-open.ts';

export interface ConnectionOptions {
  egress: Pick<Egress, 'stream'>;
  limits: ServerLimits;
  onToolsChanged: () => void;
  onClosed: () => void;
}

export interface RemoteCall {
  /** The server's name for the tool. */
  name: string;
  arguments: JsonObject;
  idempotencyKey: string;
  onProgress?: ((progress: ToolProgress) => void) | undefined;
}

/** The most pages of tools that are requested. */
const pagesMax = 100;
/** How long a server may take to end its session. */
const farewellMs = 2_000;

/** A page of tools. Each tool is checked separately, so that an invalid one does not affect the others. */
const ToolsPage = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

/** An initialized connection to an outside server, over the client of the MCP SDK. Its methods throw AppErrors. */
export class ServerConnection {
  private isClosed = false;
  private isRetired = false;
  /** The number of open requests. */
  private open = 0;

  private constructor(
    private readonly server: McpServer,
    private readonly limits: ServerLimits,
    private readonly client: Client,
    private readonly transport: StreamableHTTPClientTransport | SSEClientTransport,
    onClosed: () => void,
  ) {
    client.onclose = () => {
      this.isClosed = true;
      onClosed();
    };
  }

  static async open(server: McpServer, options: ConnectionOptions): Promise<ServerConnection> {
    const deadline = AbortSignal.timeout(server.timeouts.connectMs);
    const { transport } = server;
    if (transport !== null) return this.connect(server, transport, options, deadline);
    try {
      return await this.connect(server, 'streamable_http', options, deadline);
    } catch (error) {
      // By the protocol, an older server refuses the POST with one of these statuses.
      if (!(error instanceof ConnectionFailure && error.isUnknownTransport)) throw error;
      return this.connect(server, 'sse', options, deadline);
    }
  }

  private static async connect(
    server: McpServer,
    kind: ServerTransport,
    options: ConnectionOptions,
    deadline: AbortSignal,
  ): Promise<ServerConnection> {
    const { connectMs } = server.timeouts;
    const client = new Client({ name: 'antiphon', version: '1' }, { capabilities: {} });
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => options.onToolsChanged());
    const transport = createTransport(server, kind, options, () => {
      // Over SSE every answer comes by the stream that ended. Streamable HTTP works without it.
      if (kind === 'sse') void client.close();
      else options.onToolsChanged();
    });
    try {
      const connecting = whileOpen([deadline], (signal) =>
        client.connect(transport, { timeout: connectMs, signal }),
      );
      await untilAborted(connecting, deadline);
      return new ServerConnection(server, options.limits, client, transport, options.onClosed);
    } catch (error) {
      await client.close();
      throw connectionError(error, { deadline, timeoutMs: connectMs });
    }
  }

  /** Whether the server keeps a session, which it may forget. */
  get hasSession(): boolean {
    return this.transport instanceof StreamableHTTPClientTransport && this.transport.sessionId !== undefined;
  }

  async listTools(): Promise<OfferedTools> {
    const { listMs } = this.server.timeouts;
    const deadline = AbortSignal.timeout(listMs);
    const offered = new OfferedTools(this.server, this.limits);
    if (!this.client.getServerCapabilities()?.tools) return offered;
    let cursor: string | undefined;
    try {
      for (let page = 0; page < pagesMax; page++) {
        const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
        const { tools, nextCursor } = await this.during([deadline], (signal) =>
          this.client.request(request, ToolsPage, { timeout: listMs, signal }),
        );
        for (const tool of tools) offered.add(tool);
        if (nextCursor === undefined) offered.noteUnknown();
        if (nextCursor === undefined || offered.isFull) break;
        cursor = nextCursor;
      }
      return offered;
    } catch (error) {
      throw connectionError(error, { deadline, timeoutMs: listMs });
    }
  }

  /** Calls a tool. The signal also cancels the call at the server. */
  async call(call: RemoteCall, signal: AbortSignal): Promise<CallResult> {
    const { callMs } = this.server.timeouts;
    const deadline = AbortSignal.timeout(callMs);
    const { name, idempotencyKey, onProgress } = call;
    try {
      const params = { name, arguments: call.arguments, _meta: { idempotencyKey } };
      return await this.during([signal, deadline], (open) =>
        this.client.request({ method: 'tools/call', params }, CallResult, {
          timeout: callMs,
          signal: open,
          ...(onProgress && { onprogress: onProgress }),
        }),
      );
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw connectionError(error, { deadline, timeoutMs: callMs });
    }
  }

  /** Closes the connection once its open requests have ended. The caller must start no others. */
  async retire(): Promise<void> {
    this.isRetired = true;
    if (this.open === 0) await this.close();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.transport instanceof StreamableHTTPClientTransport) {
      await untilAborted(this.transport.terminateSession(), AbortSignal.timeout(farewellMs)).catch(
        () => undefined,
      );
    }
    await this.client.close();
  }

  private async during<T>(signals: AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.open++;
    try {
      return await whileOpen(signals, work);
    } finally {
      this.open--;
      if (this.isRetired && this.open === 0) void this.close();
    }
  }
}

function createTransport(
  server: McpServer,
  kind: ServerTransport,
  options: ConnectionOptions,
  onListeningEnded: () => void,
) {
  const { egress, limits } = options;
  const url = new URL(server.url);
  const fetch = serverFetch(server, { egress, limits, onListeningEnded });
  if (kind === 'sse') return new SSEClientTransport(url, { fetch });
  // `serverFetch` resumes answers; for the stream of unrequested messages the server could otherwise set a pause of zero.
  const reconnectionOptions = {
    maxRetries: 0,
    initialReconnectionDelay: limits.backoffMinMs,
    maxReconnectionDelay: limits.backoffMaxMs,
    reconnectionDelayGrowFactor: 2,
  };
  return new StreamableHTTPClientTransport(url, { fetch, reconnectionOptions });
}
