import { AppError, type Caller, isId, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import type { FileLimits } from '../file-limits.ts';
import { FileParts, lockFilesOf } from '../parts/file-parts.ts';
import { FileEntity } from './file.entity.ts';

export interface NewFile {
  filename: string;
  purpose: string;
  mimeType: string;
  /** Null: the file is kept until it is deleted. */
  expiresAfterSeconds: number | null;
}

export interface FileQuery {
  /** The last file of the page before. */
  after: string | null;
  limit: number;
  order: 'asc' | 'desc';
  purpose: string | null;
}

/** The files of callers. An expired file counts as deleted. */
@Injectable()
export class FileStore {
  private readonly limits: FileLimits;

  constructor(
    private readonly database: DataSource,
    private readonly parts: FileParts,
    @Inject(MCP_CONFIG) config: { files: { limits: FileLimits } },
  ) {
    this.limits = config.files.limits;
  }

  /** Makes a file of stored parts. Throws `forbidden` where the caller has as many files as allowed. */
  add(
    caller: Caller,
    file: NewFile,
    parts: readonly { id: string; bytes: number }[],
    db: EntityManager = this.database.manager,
  ): Promise<FileEntity> {
    return db.transaction(async (transaction) => {
      await lockFilesOf(transaction, caller);
      await this.refuseTooMany(transaction, caller);
      const id = newId('file');
      await transaction.query(
        `insert into mcp.files (id, user_id, filename, purpose, mime_type, bytes, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, now, now + $7 * interval '1 s' from clock_timestamp() as now`,
        [
          id,
          caller.userId,
          file.filename,
          file.purpose,
          file.mimeType,
          parts.reduce((sum, { bytes }) => sum + bytes, 0),
          file.expiresAfterSeconds,
        ],
      );
      const ids = parts.map((part) => part.id);
      await this.parts.attach(transaction, caller, ids, { fileId: id });
      return transaction.findOneByOrFail(FileEntity, { id });
    });
  }

  /** Throws `not_found`. */
  async find(caller: Caller, id: string): Promise<FileEntity> {
    const file = await this.findOrNull(caller, id);
    if (!file) throw unknownFile(id);
    return file;
  }

  async findOrNull(caller: Caller, id: string): Promise<FileEntity | null> {
    if (!isId('file', id)) return null;
    return this.database.manager
      .createQueryBuilder(FileEntity, 'file')
      .where('file.id = :id and file.user_id = :userId', { id, userId: caller.userId })
      .andWhere(unexpired)
      .getOne();
  }

  /** A page of files by the time of their creation, one more than `limit` where there are more. */
  list(caller: Caller, { after, limit, order, purpose }: FileQuery): Promise<FileEntity[]> {
    const direction = order === 'asc' ? 'ASC' : 'DESC';
    const columns = purpose === null ? 'file.user_id' : 'file.user_id, file.purpose';
    const values = purpose === null ? ':userId' : ':userId, :purpose';
    // Written as bounds, with the columns in the order: only the index of this list serves them, whatever the planner estimates.
    const query = this.database.manager
      .createQueryBuilder(FileEntity, 'file')
      .where(`(${columns}) >= (${values}) and (${columns}) <= (${values})`)
      .andWhere(unexpired)
      .setParameters({ userId: caller.userId, purpose })
      .orderBy('file.userId', direction)
      .limit(limit + 1);
    if (purpose !== null) query.addOrderBy('file.purpose', direction);
    query.addOrderBy('file.id', direction);
    if (after !== null)
      query.andWhere(`(${columns}, file.id) ${order === 'asc' ? '>' : '<'} (${values}, :after)`, { after });
    return query.getMany();
  }

  /** Throws `not_found`. */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.find(caller, id);
    await this.database.transaction(async (db) => {
      await this.parts.releaseFiles(db, [id]);
      const { affected } = await db.delete(FileEntity, { id, userId: caller.userId });
      if (!affected) throw unknownFile(id);
    });
  }

  /** Removes up to `countMax` expired files. Returns how many it removed. */
  removeExpired(countMax: number): Promise<number> {
    return this.database.transaction(async (db) => {
      const rows = await db.query<{ id: string }[]>(
        `select id from mcp.files where expires_at <= clock_timestamp()
          order by expires_at limit $1 for update skip locked`,
        [countMax],
      );
      const ids = rows.map(({ id }) => id);
      await this.parts.releaseFiles(db, ids);
      await db.query('delete from mcp.files where id = any($1)', [ids]);
      return ids.length;
    });
  }

  private async refuseTooMany(db: EntityManager, caller: Caller): Promise<void> {
    const { filesPerCallerMax } = this.limits;
    const count = await db.countBy(FileEntity, { userId: caller.userId });
    if (count < filesPerCallerMax) return;
    throw new AppError('forbidden', `You may have ${filesPerCallerMax} files: delete some first.`, {
      reason: 'storage_limit_exceeded',
    });
  }
}

const unexpired = '(file.expires_at is null or file.expires_at > clock_timestamp())';

function unknownFile(id: string): AppError {
  return new AppError('not_found', `There is no file "${id.slice(0, 64)}".`, { param: 'file_id' });
}
