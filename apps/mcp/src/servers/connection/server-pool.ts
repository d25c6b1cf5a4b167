import { AppError } from '@antiphon/contracts';
import type { Egress, Logger } from '@antiphon/service-kit';
import { type LinkState, ServerLink } from './server-link.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer } from '../registry/server.ts';

export interface ServerPoolOptions {
  limits: ServerLimits;
  /** For servers that callers registered. */
  egress: Egress;
  /** For servers of the operator's file, which may have private addresses. */
  operatorEgress: Egress;
  logger: Logger;
}

/** The links of this process: one for each version of each owner's server, the least recently used first. */
export class ServerPool {
  private readonly links = new Map<string, ServerLink>();

  constructor(private readonly options: ServerPoolOptions) {}

  /** The link to a server. Throws `unavailable` when `connectionsMax` links are in use. */
  linkTo(server: McpServer): ServerLink {
    const key = keyOf(server);
    const link = this.links.get(key) ?? this.create(key, server);
    this.links.delete(key);
    this.links.set(key, link);
    return link;
  }

  stateOf(server: McpServer): LinkState {
    return this.links.get(keyOf(server))?.state ?? { status: 'unknown', error: null, offered: null };
  }

  /** Closes the links to all versions of a server that was changed or removed. */
  forget({ ownerId, label }: Pick<McpServer, 'ownerId' | 'label'>): void {
    for (const [key, { server }] of this.links) {
      const isRegistered = server.source !== 'request';
      if (isRegistered && server.ownerId === ownerId && server.label === label) this.remove(key);
    }
  }

  async onModuleDestroy(): Promise<void> {
    const links = [...this.links.values()];
    this.links.clear();
    await Promise.all(links.map((link) => link.close()));
    await Promise.all([this.options.egress.close(), this.options.operatorEgress.close()]);
  }

  private create(key: string, server: McpServer): ServerLink {
    const { limits, egress, operatorEgress, logger } = this.options;
    // Another process may have changed the server, so a link to an older version may be left. Servers of requests have no versions.
    if (server.source !== 'request') this.forget(server);
    if (this.links.size >= limits.connectionsMax) this.makeRoom();
    const link = new ServerLink(server, {
      egress: server.source === 'file' ? operatorEgress : egress,
      limits,
      logger,
      // A server of a request is kept only as long as its run is likely to need it.
      idleMs: server.source === 'request' ? limits.requestIdleMs : limits.idleMs,
      onIdle: () => this.remove(key),
      isRetried: server.source !== 'request',
    });
    this.links.set(key, link);
    return link;
  }

  private makeRoom(): void {
    for (const [key, link] of this.links) {
      if (!link.isBusy) return this.remove(key);
    }
    throw new AppError('unavailable', 'Too many MCP servers are in use.', { retryAfterMs: 2_000 });
  }

  private remove(key: string): void {
    const link = this.links.get(key);
    this.links.delete(key);
    void link?.close().catch(() => undefined);
  }
}

function keyOf({ ownerId, label, source, revision }: McpServer): string {
  return JSON.stringify([ownerId, label, source, revision]);
}
