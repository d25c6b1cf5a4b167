import { AppError, type Caller } from '@antiphon/contracts';
import { Egress, LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_CONFIG } from '../../config.ts';
import { ServerPool } from '../connection/server-pool.ts';
import type { McpServer, ServerSettings } from './server.ts';
import { ServerStore, taken, unknownServer } from './server.store.ts';

/** The scope of callers who may register servers for everyone. */
const adminScope = 'admin';

/**
 * The outside servers of each caller. Of servers with the same label, the caller's own comes before the operator's, and that before one that was
 * registered for everyone over the API. A registration cannot use a label that its caller already sees.
 */
@Injectable()
export class ServerDirectory {
  constructor(
    @Inject(MCP_CONFIG) private readonly config: { servers: { fromFile: readonly McpServer[] } },
    private readonly store: ServerStore,
    private readonly egress: Egress,
    private readonly pool: ServerPool,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The servers of a caller, ordered by label. */
  async list(caller: Caller): Promise<McpServer[]> {
    return this.merge(await this.store.visibleTo(caller.userId));
  }

  /** As `list`, but with the operator's servers only while the database is away. */
  async listAvailable(caller: Caller): Promise<McpServer[]> {
    try {
      return await this.list(caller);
    } catch (error) {
      this.logger.warn({ err: error }, 'the registered MCP servers cannot be read');
      return this.merge([]);
    }
  }

  /** Throws `not_found`. */
  async find(caller: Caller, label: string): Promise<McpServer> {
    const server = (await this.list(caller)).find((candidate) => candidate.label === label);
    if (!server) throw unknownServer(label);
    return server;
  }

  /** Registers a server. Throws `forbidden`, `conflict`, and `invalid_request` for a URL that the egress refuses. */
  async add(
    caller: Caller,
    request: { label: string; settings: ServerSettings; isForAll: boolean },
  ): Promise<McpServer> {
    const { label, settings, isForAll } = request;
    if (isForAll && !isAdmin(caller)) {
      throw new AppError(
        'forbidden',
        `Only callers with the scope "${adminScope}" register servers for everyone.`,
        {
          param: 'shared',
        },
      );
    }
    this.egress.checkUrl(settings.url, 'url', 'mcp');
    if ((await this.list(caller)).some((server) => server.label === label)) throw taken(label);
    return this.store.add(isForAll ? null : caller.userId, label, settings);
  }

  /** Changes a server and closes its connections. Throws as `add` does, and `not_found`. */
  async change(caller: Caller, label: string, change: Partial<ServerSettings>): Promise<McpServer> {
    const { ownerId } = await this.findOwned(caller, label);
    if (change.url !== undefined) this.egress.checkUrl(change.url, 'url', 'mcp');
    const changed = await this.store.change(ownerId, label, (server) => applyChange(server, change));
    this.pool.forget(changed);
    return changed;
  }

  /** A server whose tools the caller may confirm: the caller's own, and for administrators everyone's. Throws `not_found`, `forbidden`. */
  async findConfirmable(caller: Caller, label: string): Promise<McpServer> {
    const server = await this.find(caller, label);
    if (maySeeAll(caller, server)) return server;
    throw new AppError(
      'forbidden',
      `Only callers with the scope "${adminScope}" confirm the tools of servers for everyone.`,
    );
  }

  async remove(caller: Caller, label: string): Promise<void> {
    const server = await this.findOwned(caller, label);
    await this.store.remove(server.ownerId, label);
    this.pool.forget(server);
  }

  private merge(registered: readonly McpServer[]): McpServer[] {
    const own = registered.filter((server) => server.ownerId !== null);
    const shared = registered.filter((server) => server.ownerId === null);
    const byLabel = new Map<string, McpServer>();
    for (const server of [...own, ...this.config.servers.fromFile, ...shared]) {
      if (!byLabel.has(server.label)) byLabel.set(server.label, server);
    }
    return [...byLabel.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  private async findOwned(caller: Caller, label: string): Promise<McpServer> {
    const server = await this.find(caller, label);
    if (server.source === 'file')
      throw new AppError('forbidden', 'This server is configured in a file of the operator.');
    if (!maySeeAll(caller, server)) {
      throw new AppError(
        'forbidden',
        `Only callers with the scope "${adminScope}" change servers for everyone.`,
      );
    }
    return server;
  }
}

/** Whether a caller sees a server's URL and headers: its owner does, and administrators do for servers for everyone. */
export function maySeeAll(caller: Caller, server: Pick<McpServer, 'ownerId'>): boolean {
  return server.ownerId === null ? isAdmin(caller) : server.ownerId === caller.userId;
}

function isAdmin(caller: Caller): boolean {
  return caller.scopes.includes(adminScope);
}

/** Refuses to keep headers with a URL of another origin: a caller could otherwise read the headers, which the API never shows. */
function applyChange(server: McpServer, change: Partial<ServerSettings>): ServerSettings {
  const { url, transport, allowedTools, approval, timeouts, concurrency, tools, isEnabled, isPinned } =
    server;
  const moves = change.url !== undefined && new URL(change.url).origin !== new URL(url).origin;
  if (moves && change.headers === undefined && server.headerNames.length > 0) {
    throw new AppError('invalid_request', 'headers: send them again, or null, with a URL of another origin', {
      param: 'headers',
    });
  }
  const headers = change.headers ?? server.openHeaders();
  return {
    ...{ url, transport, allowedTools, approval, timeouts, concurrency, tools, isEnabled, isPinned, headers },
    ...change,
  };
}
