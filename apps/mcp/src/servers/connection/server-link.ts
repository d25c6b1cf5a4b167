import { untilAborted } from '@antiphon/async';
import { AppError, deepestCause } from '@antiphon/contracts';
import type { Egress, Logger } from '@antiphon/service-kit';
import pLimit, { type LimitFunction } from 'p-limit';
import type { CallResult } from './call-result.ts';
import { ConnectionFailure } from './connection-failure.ts';
import type { OfferedTools } from './offered-tools.ts';
import type { ConnectionOptions, RemoteCall, ServerConnection } from './server-connection.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer } from '../registry/server.ts';

/** The state of a server, as this process knows it. */
export interface LinkState {
  status: 'unknown' | 'connected' | 'failing';
  error: AppError | null;
  /** The latest list of tools; null before the first. */
  offered: OfferedTools | null;
}

export interface LinkOptions {
  egress: Pick<Egress, 'stream'>;
  limits: ServerLimits;
  logger: Logger;
  /** How long an unused link is kept. */
  idleMs: number;
  onIdle: () => void;
  /** Whether the link retries by itself after a failure, so that no caller has to wait for the retry. */
  isRetried: boolean;
}

/**
 * This process's link to one outside server: it connects at the first use, shares one connection for all calls, and caches the list of tools.
 * After a failure to connect or to list tools it rests for a while, longer each time; requests in that time fail with the last error. A failed
 * call has no effect on other calls.
 */
export class ServerLink {
  private connection: Promise<ServerConnection> | null = null;
  private tools: { offered: OfferedTools; untilMs: number } | null = null;
  private listing: Promise<OfferedTools> | null = null;
  private changes = 0;
  private failures = 0;
  private lastFailure: { error: AppError; untilMs: number } | null = null;
  private readonly slots: LimitFunction;
  /** The limits of tools with their own limit, by the server's names. */
  private readonly toolSlots: ReadonlyMap<string, LimitFunction>;
  private calls = 0;
  private isClosed = false;
  private idle: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    readonly server: McpServer,
    private readonly options: LinkOptions,
  ) {
    const { callsPerServerMax } = options.limits;
    this.slots = pLimit(Math.min(server.concurrency ?? callsPerServerMax, callsPerServerMax));
    this.toolSlots = new Map(
      Object.entries(server.tools).flatMap(([name, { concurrency }]) =>
        concurrency === undefined ? [] : [[name, pLimit(concurrency)]],
      ),
    );
    this.touch();
  }

  get isBusy(): boolean {
    const { activeCount, pendingCount } = this.slots;
    return this.calls > 0 || activeCount + pendingCount > 0 || this.listing !== null;
  }

  /** The limits that a call of this tool must pass, the narrowest first. */
  slotsOf(toolName: string): LimitFunction[] {
    const own = this.toolSlots.get(toolName);
    return own ? [own, this.slots] : [this.slots];
  }

  get state(): LinkState {
    const offered = this.tools?.offered ?? null;
    if (this.lastFailure) return { status: 'failing', error: this.lastFailure.error, offered };
    return { status: this.connection ? 'connected' : 'unknown', error: null, offered };
  }

  /** The server's tools. Callers that wait at the same time share one request, which goes on when a caller aborts. Throws AppErrors. */
  async listTools(signal: AbortSignal): Promise<OfferedTools> {
    this.touch();
    if (this.tools && this.tools.untilMs > Date.now()) return this.tools.offered;
    return untilAborted(this.fetchOnce(), signal);
  }

  /** Calls a tool. Throws AppErrors. */
  async call(call: RemoteCall, signal: AbortSignal): Promise<CallResult> {
    this.calls++;
    try {
      return await this.withConnection((connection) => connection.call(call, signal), signal);
    } catch (error) {
      // The next request lists the tools again, which shows whether the server has failed or this call only.
      if (error instanceof ConnectionFailure) this.forgetTools();
      throw error;
    } finally {
      this.calls--;
      this.touch();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.idle);
    clearTimeout(this.retry);
    const connection = await this.connection?.catch(() => null);
    this.connection = null;
    await connection?.close();
  }

  /** Counts as a use: restarts the idle time. */
  touch(): void {
    clearTimeout(this.idle);
    if (this.isClosed) return;
    this.idle = setTimeout(() => {
      if (this.isBusy) this.touch();
      else this.options.onIdle();
    }, this.options.idleMs).unref();
  }

  private fetchOnce(): Promise<OfferedTools> {
    this.listing ??= this.fetchTools().finally(() => (this.listing = null));
    return this.listing;
  }

  private async fetchTools(): Promise<OfferedTools> {
    const { changes } = this;
    try {
      const offered = await this.withConnection((connection) => connection.listTools());
      this.failures = 0;
      this.lastFailure = null;
      // A list that changed while it was read is not cached.
      const untilMs = changes === this.changes ? Date.now() + this.options.limits.listCacheMs : 0;
      this.tools = { offered, untilMs };
      return offered;
    } catch (error) {
      this.retire(this.connection);
      throw this.fail(error);
    }
  }

  /** Repeats the work once over a new connection where the server has forgotten the session, as after a restart. */
  private async withConnection<T>(
    work: (connection: ServerConnection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let isRepeated = false; ; isRepeated = true) {
      const connecting = this.connect();
      const connection = await (signal ? untilAborted(connecting, signal) : connecting);
      try {
        return await work(connection);
      } catch (error) {
        if (!(error instanceof ConnectionFailure && error.isSessionLost && connection.hasSession))
          throw error;
        this.retire(connecting);
        if (isRepeated) throw error;
      }
    }
  }

  private connect(): Promise<ServerConnection> {
    if (this.connection) return this.connection;
    const refusal = this.refusal();
    if (refusal) return Promise.reject(refusal);
    const { egress, limits } = this.options;
    const opening: Promise<ServerConnection> = openConnection(this.server, {
      egress,
      limits,
      onToolsChanged: () => this.forgetTools(),
      onClosed: () => this.retire(opening),
    }).catch((error: unknown) => {
      this.retire(opening);
      throw this.fail(error);
    });
    this.connection = opening;
    return opening;
  }

  /** The error of a connection that must not be tried now; null where it may. */
  private refusal(): AppError | null {
    if (this.isClosed) return new AppError('unavailable', 'The MCP server was changed or removed.');
    const { error, untilMs } = this.lastFailure ?? { error: null, untilMs: 0 };
    const retryAfterMs = untilMs - Date.now();
    if (!error || retryAfterMs <= 0) return null;
    const message = `The MCP server failed and is paused for ${Math.ceil(retryAfterMs / 1000)} s: ${error.message}`;
    return new AppError('unavailable', message, { retryAfterMs });
  }

  /** Records a failure and starts a rest. Failures during a rest belong to earlier requests and do not count again. */
  private fail(cause: unknown): AppError {
    const error = AppError.from(cause);
    if (this.lastFailure && this.lastFailure.untilMs > Date.now()) return error;
    const { backoffMinMs, backoffMaxMs } = this.options.limits;
    const pauseMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.failures, 30));
    this.failures++;
    // Up to a fifth more, so that processes do not retry at the same moment.
    this.rest(error, pauseMs * (1 + Math.random() / 5));
    const { label, ownerId } = this.server;
    this.options.logger.warn(
      { label, ownerId, failures: this.failures, pauseMs, error: error.message, cause: reasonOf(error) },
      'an MCP server failed',
    );
    return error;
  }

  private rest(error: AppError, pauseMs: number): void {
    const failure = { error, untilMs: Date.now() + pauseMs };
    this.lastFailure = failure;
    clearTimeout(this.retry);
    if (!this.options.isRetried || this.isClosed) return;
    this.retry = setTimeout(() => {
      failure.untilMs = 0;
      this.fetchOnce().catch(() => undefined); // the failure is logged
    }, pauseMs).unref();
  }

  private forgetTools(): void {
    this.changes++;
    this.tools = null;
  }

  /** Lets open requests of a connection end; later ones get a new connection. */
  private retire(connecting: Promise<ServerConnection> | null): void {
    if (connecting === null) return;
    if (this.connection === connecting) this.connection = null;
    void connecting.then((connection) => connection.retire()).catch(() => undefined);
  }
}

function reasonOf(error: AppError): string | undefined {
  const deepest = deepestCause(error.cause);
  return deepest instanceof Error ? deepest.message : undefined;
}

/** Loads the MCP SDK with the first connection: many installations have no outside server. */
async function openConnection(server: McpServer, options: ConnectionOptions): Promise<ServerConnection> {
  const { ServerConnection } = await import('./server-connection.ts');
  return ServerConnection.open(server, options);
}
