import { AppError, type Caller, isId, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import { FileParts, lockFilesOf } from '../../files/parts/file-parts.ts';
import type { ContainerLimits } from '../container-limits.ts';
import {
  type Container,
  containerColumns,
  expiredContainer,
  type NewContainer,
  unknownContainer,
} from './container.ts';

export interface ContainerQuery {
  /** The last container of the page before. */
  after: string | null;
  limit: number;
  order: 'asc' | 'desc';
  name: string | null;
}

/** How long the row of an expired container is kept, so that late requests get a clear error. */
const keptMs = 86_400_000;

/** The containers of callers. Each use begins the idle time anew. */
@Injectable()
export class ContainerStore {
  private readonly limits: ContainerLimits;

  constructor(
    private readonly database: DataSource,
    private readonly parts: FileParts,
    @Inject(MCP_CONFIG) config: { containers: { limits: ContainerLimits } },
  ) {
    this.limits = config.containers.limits;
  }

  /** Throws `forbidden` where the caller has as many containers as allowed. */
  async create(caller: Caller, fields: NewContainer): Promise<Container> {
    const id = newId('container');
    await this.createOnce(caller, id, fields);
    return this.find(caller, id);
  }

  /** Creates a container with an id that its caller got before, unless it is there. Throws as `create`. */
  createOnce(caller: Caller, id: string, { name, idleMinutes, memoryLimit }: NewContainer): Promise<void> {
    return this.database.transaction(async (db) => {
      await lockFilesOf(db, caller);
      const [there] = await db.query<unknown[]>('select id from mcp.containers where id = $1', [id]);
      if (there) return;
      await this.refuseTooMany(db, caller);
      const minutes = idleMinutes ?? this.limits.idleMinutes;
      await db.query(
        `insert into mcp.containers
           (id, user_id, name, status, idle_minutes, memory_limit, created_at, last_active_at, expires_at)
         select $1, $2, $3, 'running', $4::integer, $5, now, now, now + $4::integer * interval '1 minute' from clock_timestamp() as now`,
        [id, caller.userId, name, minutes, memoryLimit],
      );
    });
  }

  /** The container, expired or not. Throws `not_found`. */
  async find(caller: Caller, id: string): Promise<Container> {
    if (!isId('container', id)) throw unknownContainer(id);
    const [container] = await this.database.query<Container[]>(
      `select ${containerColumns} from mcp.containers where id = $1 and user_id = $2`,
      [id, caller.userId],
    );
    if (!container) throw unknownContainer(id);
    return container;
  }

  /** Begins the idle time of a container anew, unless it has expired. Throws `not_found`. */
  async touch(caller: Caller, id: string): Promise<Container> {
    if (isId('container', id)) await this.keepAlive(caller, id, '');
    return this.find(caller, id);
  }

  /** A container that can be used; begins its idle time anew. Throws `not_found`, and `invalid_request` for an expired one. */
  async use(caller: Caller, id: string): Promise<Container> {
    const container = await this.touch(caller, id);
    if (container.isExpired) throw expiredContainer(id);
    return container;
  }

  /** Notes that code has run. */
  async noteRun(caller: Caller, id: string): Promise<void> {
    await this.keepAlive(caller, id, ', ran_at = clock_timestamp()');
  }

  /** A page of containers by the time of their creation, one more than `limit` where there are more. */
  list(caller: Caller, { after, limit, order, name }: ContainerQuery): Promise<Container[]> {
    const [direction, beyond] = order === 'asc' ? ['asc', '>'] : ['desc', '<'];
    const key = name === null ? ['user_id'] : ['user_id', 'name'];
    const values = name === null ? [caller.userId] : [caller.userId, name];
    const columns = key.join(', ');
    const places = values.map((_, place) => `$${place + 1}`).join(', ');
    // Written as bounds, with the columns in the order: only the index of this list serves them, whatever the planner estimates.
    return this.database.query(
      `select ${containerColumns} from mcp.containers
        where (${columns}) >= (${places}) and (${columns}) <= (${places})
          ${after === null ? '' : `and (${columns}, id) ${beyond} (${places}, $${values.length + 2})`}
        order by ${[...key, 'id'].map((column) => `${column} ${direction}`).join(', ')} limit $${values.length + 1}`,
      [...values, limit + 1, ...(after === null ? [] : [after])],
    );
  }

  /** Removes a container with its files. Throws `not_found`. */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.find(caller, id);
    await this.database.transaction(async (db) => {
      // The lock of the row ends the writing of files: a file is written while its container's row is locked.
      const rows = await db.query<unknown[]>(
        'select id from mcp.containers where id = $1 and user_id = $2 for update',
        [id, caller.userId],
      );
      if (rows.length === 0) throw unknownContainer(id);
      await this.empty(db, [id]);
      await db.query('delete from mcp.containers where id = $1', [id]);
    });
  }

  /** Removes the files of up to `countMax` expired containers. Returns how many it emptied. */
  endExpired(countMax: number): Promise<number> {
    return this.database.transaction(async (db) => {
      const ids = await dueIn(db, 'running', countMax, 0);
      await this.empty(db, ids);
      await db.query(`update mcp.containers set status = 'expired' where id = any($1)`, [ids]);
      return ids.length;
    });
  }

  /** Forgets up to `countMax` containers that expired long ago. Returns how many it forgot. */
  removeOld(countMax: number): Promise<number> {
    return this.database.transaction(async (db) => {
      const ids = await dueIn(db, 'expired', countMax, keptMs);
      await db.query('delete from mcp.containers where id = any($1)', [ids]);
      return ids.length;
    });
  }

  private async empty(db: EntityManager, ids: readonly string[]): Promise<void> {
    const files = await db.query<{ id: string }[]>(
      'select id from mcp.container_files where container_id = any($1)',
      [ids],
    );
    await this.parts.releaseContainerFiles(
      db,
      files.map(({ id }) => id),
    );
    await db.query('delete from mcp.container_files where container_id = any($1)', [ids]);
  }

  private async keepAlive(caller: Caller, id: string, further: string): Promise<void> {
    await this.database.query(
      `update mcp.containers
          set last_active_at = now, expires_at = now + idle_minutes * interval '1 minute' ${further}
         from clock_timestamp() as now
        where id = $1 and user_id = $2 and expires_at > now`,
      [id, caller.userId],
    );
  }

  private async refuseTooMany(db: EntityManager, caller: Caller): Promise<void> {
    const { perCallerMax } = this.limits;
    const [{ count }]: [{ count: number }] = await db.query(
      `select count(*)::int as count from mcp.containers where user_id = $1 and expires_at > clock_timestamp()`,
      [caller.userId],
    );
    if (count < perCallerMax) return;
    throw new AppError('forbidden', `You may have ${perCallerMax} containers: delete some first.`, {
      reason: 'storage_limit_exceeded',
    });
  }
}

/** The ids of containers that expired this long ago, locked. */
async function dueIn(
  db: EntityManager,
  status: 'running' | 'expired',
  countMax: number,
  agoMs: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }[]>(
    `select id from mcp.containers
      where status = $1 and expires_at <= clock_timestamp() - $3 * interval '1 ms'
      order by expires_at limit $2 for update skip locked`,
    [status, countMax, agoMs],
  );
  return rows.map(({ id }) => id);
}
