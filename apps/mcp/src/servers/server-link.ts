import { AppError } from '@antiphon/contracts';
import type { Egress, Logger } from '@antiphon/service-kit';
import { unlessAborted } from '../unless-aborted.ts';
import type { CallResult } from './call-result.ts';
import { ConnectionFailure } from './connection-error.ts';
import type { OfferedTools } from './offered-tools.ts';
import { type RemoteCall, ServerConnection } from './server-connection.ts';
import type { ServerLimits } from './server-limits.ts';
import type { McpServer } from './server.ts';

/** How a server stands, as this process knows it. */
export interface LinkState {
  status: 'unknown' | 'connected' | 'failing';
  error: AppError | null;
}

export interface LinkOptions {
  egress: Pick<Egress, 'stream'>;
  limits: ServerLimits;
  logger: Logger;
  /** How long it is kept when nothing is asked of it. */
  idleMs: number;
  onIdle: () => void;
}

/**
 * One outside server, as this process reaches it: connected when it is needed, one connection for all calls, its tools remembered.
 * After a failure it is left alone for a while, longer each time, and whoever asks meanwhile is told what went wrong last.
 */
export class ServerLink {
  private connection: Promise<ServerConnection> | null = null;
  private tools: { offered: OfferedTools; untilMs: number } | null = null;
  private listing: Promise<OfferedTools> | null = null;
  private changes = 0;
  private failures = 0;
  private lastFailure: { error: AppError; untilMs: number } | null = null;
  private calls = 0;
  private isClosed = false;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    readonly server: McpServer,
    private readonly options: LinkOptions,
  ) {
    this.touch();
  }

  get isBusy(): boolean {
    return this.calls > 0 || this.listing !== null;
  }

  get state(): LinkState {
    if (this.lastFailure) return { status: 'failing', error: this.lastFailure.error };
    return { status: this.connection ? 'connected' : 'unknown', error: null };
  }

  /** The tools it offers. The list is fetched for everyone who waits for it, and goes on when one of them does not any more. */
  async listTools(signal: AbortSignal): Promise<OfferedTools> {
    this.touch();
    if (this.tools && this.tools.untilMs > Date.now()) return this.tools.offered;
    this.listing ??= this.fetchTools().finally(() => (this.listing = null));
    return unlessAborted(this.listing, signal);
  }

  /** Throws AppErrors, and `unavailable` where as many calls as may are under way. */
  async call(call: RemoteCall, signal: AbortSignal): Promise<CallResult> {
    if (this.calls >= this.options.limits.callsPerServerMax) {
      throw new AppError('unavailable', 'Too many calls of this MCP server are running.', {
        retryAfterMs: 1_000,
      });
    }
    this.calls++;
    try {
      return await this.withConnection((connection) => connection.call(call, signal), signal);
    } finally {
      this.calls--;
      this.touch();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.idle);
    const connection = await this.connection?.catch(() => null);
    this.connection = null;
    await connection?.close();
  }

  private async fetchTools(): Promise<OfferedTools> {
    const { changes } = this;
    try {
      const offered = await this.withConnection((connection) => connection.listTools());
      this.failures = 0;
      this.lastFailure = null;
      // Of a list that changed while it was read, nobody knows which half is which.
      const untilMs = changes === this.changes ? Date.now() + this.options.limits.listCacheMs : 0;
      this.tools = { offered, untilMs };
      return offered;
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** A server that was started anew has forgotten its sessions: it is asked once more, over a connection of now. */
  private async withConnection<T>(
    work: (connection: ServerConnection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let isRepeated = false; ; isRepeated = true) {
      const connecting = this.connect();
      const connection = await (signal ? unlessAborted(connecting, signal) : connecting);
      try {
        return await work(connection);
      } catch (error) {
        if (!(error instanceof ConnectionFailure)) throw error;
        const mayHelp = !isRepeated && error.isSessionLost && connection.hasSession;
        this.disconnect(connecting);
        if (!mayHelp) throw this.fail(error);
      }
    }
  }

  private connect(): Promise<ServerConnection> {
    if (this.connection) return this.connection;
    const refusal = this.refusal();
    if (refusal) return Promise.reject(refusal);
    const { egress, limits } = this.options;
    const opening: Promise<ServerConnection> = ServerConnection.open(this.server, {
      egress,
      limits,
      onToolsChanged: () => this.forgetTools(),
      onClosed: () => this.disconnect(opening),
    }).catch((error: unknown) => {
      this.disconnect(opening);
      throw this.fail(error);
    });
    this.connection = opening;
    return opening;
  }

  /** Why it is not tried to connect now. */
  private refusal(): AppError | null {
    if (this.isClosed) return new AppError('unavailable', 'The MCP server was changed or removed.');
    const { error, untilMs } = this.lastFailure ?? { error: null, untilMs: 0 };
    const retryAfterMs = untilMs - Date.now();
    if (!error || retryAfterMs <= 0) return null;
    const message = `The MCP server failed and is left alone for ${Math.ceil(retryAfterMs / 1000)} s: ${error.message}`;
    return new AppError('unavailable', message, { retryAfterMs });
  }

  /** Failures while it is left alone are those of work that was under way: they are one. */
  private fail(cause: unknown): AppError {
    const error = AppError.from(cause);
    if (this.lastFailure && this.lastFailure.untilMs > Date.now()) return error;
    const { backoffMinMs, backoffMaxMs } = this.options.limits;
    const pauseMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.failures, 30));
    this.failures++;
    // Up to a fifth more, so that those who failed together do not come back together.
    this.lastFailure = { error, untilMs: Date.now() + pauseMs * (1 + Math.random() / 5) };
    const { label, ownerId } = this.server;
    this.options.logger.warn(
      { label, ownerId, failures: this.failures, pauseMs, error: error.message, cause: reasonOf(error) },
      'an MCP server failed',
    );
    return error;
  }

  private forgetTools(): void {
    this.changes++;
    this.tools = null;
  }

  private disconnect(connecting: Promise<ServerConnection> | null): void {
    if (connecting === null) return;
    if (this.connection === connecting) this.connection = null;
    void connecting.then((connection) => connection.close()).catch(() => undefined);
  }

  private touch(): void {
    clearTimeout(this.idle);
    if (this.isClosed) return;
    this.idle = setTimeout(() => {
      if (this.isBusy) this.touch();
      else this.options.onIdle();
    }, this.options.idleMs).unref();
  }
}

function reasonOf(error: AppError): string | undefined {
  let deepest: unknown = error.cause;
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : undefined;
}
