import { AppError } from '@antiphon/contracts';
import { SecretBox } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOperator, IsNull } from 'typeorm';
import { z } from 'zod';
import { MCP_CONFIG } from '../../config.ts';
import type { ServerLimits } from '../server-limits.ts';
import { ServerEntity } from './server.entity.ts';
import type { McpServer, ServerSettings, ServerTimeouts } from './server.ts';

export interface ServerStoreConfig {
  secrets: { encryptionKey: string };
  servers: { limits: Pick<ServerLimits, 'perOwnerMax' | 'timeouts'> };
}

/** The servers that were registered over the API. Their headers are sealed; only the names of headers are readable. */
@Injectable()
export class ServerStore {
  private readonly box: SecretBox;
  private readonly limits: Pick<ServerLimits, 'perOwnerMax' | 'timeouts'>;

  constructor(
    private readonly database: DataSource,
    @Inject(MCP_CONFIG) { secrets, servers }: ServerStoreConfig,
  ) {
    this.box = SecretBox.from(secrets.encryptionKey);
    this.limits = servers.limits;
  }

  /** Adds a server. Throws `conflict` where the owner has a server with this label, or `perOwnerMax` servers. */
  async add(ownerId: string | null, label: string, settings: ServerSettings): Promise<McpServer> {
    return this.database.transaction(async (db) => {
      // Serializes the requests of one owner, so that together they stay within the limit.
      await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `mcp.servers ${ownerId ?? ''}`,
      ]);
      const rows = await db.find(ServerEntity, { where: ownedBy(ownerId), select: { label: true } });
      if (rows.some((row) => row.label === label)) throw taken(label);
      if (rows.length >= this.limits.perOwnerMax) {
        throw new AppError(
          'conflict',
          `At most ${this.limits.perOwnerMax} servers can be registered: delete one first.`,
        );
      }
      const id = crypto.randomUUID();
      await db.insert(ServerEntity, { id, ownerId, label, ...this.columns(id, settings) });
      return this.read(await db.findOneByOrFail(ServerEntity, { id }));
    });
  }

  /** The servers of this user, then those for everyone, each ordered by label. */
  async visibleTo(userId: string): Promise<McpServer[]> {
    const rows = await this.database.manager.find(ServerEntity, {
      where: [{ ownerId: userId }, ownedBy(null)],
      order: { ownerId: { direction: 'asc', nulls: 'last' }, label: 'asc' },
    });
    return rows.map((row) => this.read(row));
  }

  /** Replaces the settings of a server by those that `change` returns for it. Throws `not_found`. */
  async change(
    ownerId: string | null,
    label: string,
    change: (server: McpServer) => ServerSettings,
  ): Promise<McpServer> {
    return this.database.transaction(async (db) => {
      const row = await this.lock(db, ownerId, label);
      const columns = this.columns(row.id, change(this.read(row)));
      // A new pin approves the next list of tools, not an older one.
      if (columns.isPinned && !row.isPinned)
        await db.query('delete from mcp.approved_tools where server_id = $1', [row.id]);
      await db.update(ServerEntity, { id: row.id }, { ...columns, updatedAt: () => 'clock_timestamp()' });
      return this.read(await db.findOneByOrFail(ServerEntity, { id: row.id }));
    });
  }

  /** Throws `not_found`. */
  async remove(ownerId: string | null, label: string): Promise<void> {
    const { affected } = await this.database.manager.delete(ServerEntity, { ...ownedBy(ownerId), label });
    if (!affected) throw unknownServer(label);
  }

  private async lock(db: EntityManager, ownerId: string | null, label: string): Promise<ServerEntity> {
    const row = await db.findOne(ServerEntity, {
      where: { ...ownedBy(ownerId), label },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row) throw unknownServer(label);
    return row;
  }

  private columns(id: string, settings: ServerSettings) {
    const { headers, allowedTools, ...rest } = settings;
    const headerNames = Object.keys(headers);
    return {
      ...rest,
      allowedTools: allowedTools && [...allowedTools],
      headerNames,
      headersSealed: headerNames.length > 0 ? this.box.seal(JSON.stringify(headers), contextOf(id)) : null,
      revision: crypto.randomUUID(),
    };
  }

  private read(row: ServerEntity): McpServer {
    const { headersSealed, ...server } = row;
    return {
      ...server,
      source: 'api',
      isTrusted: false,
      timeouts: withinLimits({ ...this.limits.timeouts, ...row.timeouts }, this.limits.timeouts),
      openHeaders: () => (headersSealed === null ? {} : this.open(headersSealed, row.id)),
    };
  }

  private open(sealed: string, id: string): Record<string, string> {
    try {
      return SealedHeaders.parse(JSON.parse(this.box.open(sealed, contextOf(id))));
    } catch (cause) {
      throw new AppError('conflict', 'The headers of the server cannot be read any more: set them again.', {
        cause,
      });
    }
  }
}

const SealedHeaders = z.record(z.string(), z.string());

export function unknownServer(label: string): AppError {
  return new AppError('not_found', `There is no MCP server with the label "${label.slice(0, 64)}".`);
}

export function taken(label: string): AppError {
  return new AppError('conflict', `The label "${label}" is taken by another MCP server.`, { param: 'label' });
}

function ownedBy(ownerId: string | null): { ownerId: string | FindOperator<string> } {
  return { ownerId: ownerId ?? IsNull() };
}

function contextOf(id: string): string {
  return `mcp.servers.headers ${id}`;
}

/** The limits may be lower now than at the registration of the server. */
function withinLimits(timeouts: ServerTimeouts, max: ServerTimeouts): ServerTimeouts {
  return {
    connectMs: Math.min(timeouts.connectMs, max.connectMs),
    listMs: Math.min(timeouts.listMs, max.listMs),
    callMs: Math.min(timeouts.callMs, max.callMs),
  };
}
