import { AppError, type Caller, isId, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import { FileParts, lockFilesOf, type NewPart } from '../../files/parts/file-parts.ts';
import type { ContainerLimits } from '../container-limits.ts';
import { dataRoot } from '../../python/data/data-files.ts';
import {
  type ContainerFile,
  containerFileColumns,
  expiredContainer,
  type FileSource,
  unknownContainer,
} from './container.ts';

export interface NewContainerFile {
  /** Below `/mnt/data`. A file with this path gets the new bytes and keeps its id. */
  path: string;
  source: FileSource;
  /** The file of `/v1/files` that it is a copy of. */
  originId: string | null;
  /** Null: a file without bytes. */
  part: NewPart | null;
}

/** A file with the part that holds its bytes, which changes with them. */
export type KeptFile = ContainerFile & { partId: string | null };

export interface ContainerFileQuery {
  /** The last file of the page before. */
  after: string | null;
  limit: number;
  order: 'asc' | 'desc';
}

/** The files of containers. */
@Injectable()
export class ContainerFileStore {
  private readonly limits: ContainerLimits;

  constructor(
    private readonly database: DataSource,
    private readonly parts: FileParts,
    @Inject(MCP_CONFIG) config: { containers: { limits: ContainerLimits } },
  ) {
    this.limits = config.containers.limits;
  }

  /**
   * Gives a container a file, whose bytes are stored. Throws `not_found` and `invalid_request` where the container is gone or has expired, and
   * `forbidden` where it has no room for the file.
   */
  put(caller: Caller, containerId: string, file: NewContainerFile): Promise<KeptFile> {
    const { path, source, originId, part } = file;
    return this.database.transaction(async (db) => {
      await lockFilesOf(db, caller);
      await this.lockContainer(db, caller, containerId);
      await this.requireRoom(db, containerId, path, part?.bytes ?? 0);
      const [row]: [{ id: string }] = await db.query(
        `insert into mcp.container_files (id, container_id, user_id, path, bytes, source, origin_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
         on conflict (container_id, path)
           do update set bytes = excluded.bytes, source = excluded.source,
                         origin_id = coalesce(excluded.origin_id, container_files.origin_id)
         returning id`,
        [newId('containerFile'), containerId, caller.userId, path, part?.bytes ?? 0, source, originId],
      );
      await this.parts.releaseContainerFiles(db, [row.id]);
      if (part) await this.parts.attach(db, caller, [part.id], { containerFileId: row.id });
      const kept = await this.find(caller, containerId, row.id, db);
      return { ...kept, partId: part?.id ?? null };
    });
  }

  /** Throws `not_found`. */
  async find(
    caller: Caller,
    containerId: string,
    id: string,
    db: EntityManager = this.database.manager,
  ): Promise<ContainerFile> {
    if (!isId('containerFile', id)) throw unknownFile(id);
    const [file] = await db.query<ContainerFile[]>(
      `select ${containerFileColumns} from mcp.container_files where id = $1 and container_id = $2 and user_id = $3`,
      [id, containerId, caller.userId],
    );
    if (!file) throw unknownFile(id);
    return file;
  }

  /** A page of files by the time of their creation, one more than `limit` where there are more. */
  list(containerId: string, { after, limit, order }: ContainerFileQuery): Promise<ContainerFile[]> {
    const [direction, beyond] = order === 'asc' ? ['asc', '>'] : ['desc', '<'];
    return this.database.query(
      `select ${containerFileColumns} from mcp.container_files
        where (container_id) >= ($1) and (container_id) <= ($1)
          ${after === null ? '' : `and (container_id, id) ${beyond} ($1, $3)`}
        order by container_id ${direction}, id ${direction} limit $2`,
      [containerId, limit + 1, ...(after === null ? [] : [after])],
    );
  }

  /** All files, which are at most as many as a container may have, with their parts. */
  all(containerId: string): Promise<(KeptFile & { originId: string | null })[]> {
    return this.database.query(
      `select file.*, part.id as "partId"
         from (select ${containerFileColumns}, origin_id as "originId" from mcp.container_files
                where container_id = $1) file
         left join mcp.file_parts part on part.container_file_id = file.id
        order by file.path`,
      [containerId],
    );
  }

  /** Throws `not_found`. */
  async remove(caller: Caller, containerId: string, id: string): Promise<void> {
    const { path } = await this.find(caller, containerId, id);
    await this.removePaths(containerId, [path]);
  }

  /** Removes the files with these paths, as far as there are any. */
  removePaths(containerId: string, paths: readonly string[]): Promise<void> {
    return this.database.transaction(async (db) => {
      const files = await db.query<{ id: string }[]>(
        'select id from mcp.container_files where container_id = $1 and path = any($2) for update',
        [containerId, paths],
      );
      const ids = files.map(({ id }) => id);
      await this.parts.releaseContainerFiles(db, ids);
      await db.query('delete from mcp.container_files where id = any($1)', [ids]);
    });
  }

  private async lockContainer(db: EntityManager, caller: Caller, id: string): Promise<void> {
    const [row] = await db.query<{ isExpired: boolean }[]>(
      `select expires_at <= clock_timestamp() as "isExpired" from mcp.containers
        where id = $1 and user_id = $2 for share`,
      [id, caller.userId],
    );
    if (!row) throw unknownContainer(id);
    if (row.isExpired) throw expiredContainer(id);
  }

  private async requireRoom(db: EntityManager, id: string, path: string, bytes: number): Promise<void> {
    const { bytesMax, filesMax } = this.limits.data;
    const [others]: [{ count: number; bytes: number }] = await db.query(
      `select count(*)::int as count, coalesce(sum(bytes), 0)::float8 as bytes from mcp.container_files
        where container_id = $1 and path <> $2`,
      [id, path],
    );
    if (others.count >= filesMax) throw noRoom(`A container may have ${filesMax} files`);
    if (others.bytes + bytes > bytesMax)
      throw noRoom(`The files of a container may take ${bytesMax} bytes together`);
  }
}

function noRoom(rule: string): AppError {
  return new AppError('forbidden', `${rule}: delete some from ${dataRoot} first.`, {
    reason: 'storage_limit_exceeded',
  });
}

function unknownFile(id: string): AppError {
  return new AppError('not_found', `There is no file "${id.slice(0, 64)}" in this container.`, {
    param: 'file_id',
  });
}
