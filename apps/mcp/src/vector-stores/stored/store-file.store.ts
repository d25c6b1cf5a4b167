import { AppError, type AttributeValue, type Caller, isId, refusal } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import { lockStoresOf } from '../../file-search/default-store.ts';
import type { VectorStoreLimits } from '../vector-store-limits.ts';
import { type Page, type PageQuery, readPage } from './keyset-page.ts';
import type { NewStoreFile, StoreFileRow, StoreFileStatus } from './rows.ts';
import { VectorStoreStore } from './vector-store.store.ts';

export interface StoreFileQuery extends PageQuery {
  status: StoreFileStatus | null;
}

/** Whose files a list has: a store, or a batch of one. */
export type FilesOwner = { storeId: string; batchId: null } | { storeId: string; batchId: string };

const columns = `store_id as "storeId", file_id as "fileId", document_id as "documentId", filename, attributes, status,
  error_code as "errorCode", error_message as "errorMessage", usage_bytes::float8 as "usageBytes",
  chunk_tokens as "chunkTokens", overlap_tokens as "overlapTokens", created_at as "createdAt"`;

/** The files in vector stores. */
@Injectable()
export class StoreFileStore {
  private readonly limits: VectorStoreLimits;

  constructor(
    private readonly database: DataSource,
    private readonly stores: VectorStoreStore,
    @Inject(MCP_CONFIG) config: { vectorStores: VectorStoreLimits },
  ) {
    this.limits = config.vectorStores;
  }

  /** Adds a file to a store, and indexes it again where it is there. Throws as `addAll` does. */
  async add(caller: Caller, storeId: string, file: NewStoreFile): Promise<StoreFileRow> {
    return this.database.transaction(async (db) => {
      await this.addAll(db, caller, { storeId, batchId: null }, [file]);
      return this.find(storeId, file.fileId, db);
    });
  }

  /**
   * Adds files to a store of the caller, to be indexed. Throws `not_found` for an unknown store or file, `invalid_request` for an expired store,
   * `forbidden` where the store has as many files as allowed, or the caller's stores are full.
   */
  async addAll(
    db: EntityManager,
    caller: Caller,
    owner: FilesOwner,
    files: readonly NewStoreFile[],
  ): Promise<void> {
    await lockStoresOf(db, caller.userId);
    const store = await this.stores.findOpen(caller, owner.storeId, db);
    if (files.length === 0) return;
    const byId = new Map(files.map((file) => [file.fileId, file]));
    const filenames = await namesOf(db, caller, [...byId.keys()]);
    await this.stores.requireRoom(db, caller, 0);
    const given = [...byId.values()];
    await insertFiles(
      db,
      caller,
      owner,
      given.map((file, place) => ({ ...file, filename: filenames[place] ?? '' })),
    );
    await this.refuseTooMany(db, owner.storeId);
    await this.stores.noteUse([store.id], db);
  }

  /** Throws `not_found`. */
  async find(
    storeId: string,
    fileId: string,
    db: Pick<EntityManager, 'query'> = this.database,
  ): Promise<StoreFileRow> {
    const [row] = isId('file', fileId)
      ? await db.query<StoreFileRow[]>(
          `select ${columns} from mcp.vector_store_files where store_id = $1 and file_id = $2`,
          [storeId, fileId],
        )
      : [];
    if (row) return row;
    throw new AppError(
      'not_found',
      `There is no file "${fileId.slice(0, 64)}" in the vector store "${storeId}".`,
      {
        param: 'file_id',
      },
    );
  }

  /** The files of a store or of a batch, in the order in which they were added. Throws `invalid_request` for a cursor that is none of its files. */
  async list({ storeId, batchId }: FilesOwner, query: StoreFileQuery): Promise<Page<StoreFileRow>> {
    const { status, limit, order } = query;
    const owner = batchId === null ? (['store_id', storeId] as const) : (['batch_id', batchId] as const);
    const filters = status === null ? [owner] : [owner, ['status', status] as const];
    const list = {
      select: columns,
      table: 'mcp.vector_store_files',
      columns: filters.map(([column]) => column),
      values: filters.map(([, value]) => value),
      key: 'place',
      ...(batchId !== null && { condition: 'batch_id is not null' }),
    };
    const [after, before] = await Promise.all([
      this.placeOf(storeId, 'after', query.after),
      this.placeOf(storeId, 'before', query.before),
    ]);
    return readPage(this.database, list, { limit, order, after, before });
  }

  /** Throws `not_found`. */
  async setAttributes(
    storeId: string,
    fileId: string,
    attributes: Record<string, AttributeValue>,
  ): Promise<StoreFileRow> {
    await this.database.query(
      'update mcp.vector_store_files set attributes = $3 where store_id = $1 and file_id = $2',
      [storeId, fileId, JSON.stringify(attributes)],
    );
    return this.find(storeId, fileId);
  }

  /** Takes a file out of a store, with its passages. The file itself stays. Throws `not_found`. */
  async remove(caller: Caller, storeId: string, fileId: string): Promise<void> {
    await this.database.transaction(async (db) => {
      await lockStoresOf(db, caller.userId);
      await this.find(storeId, fileId, db);
      await db.query('delete from mcp.vector_store_files where store_id = $1 and file_id = $2', [
        storeId,
        fileId,
      ]);
    });
  }

  private async placeOf(
    storeId: string,
    name: 'after' | 'before',
    fileId: string | null,
  ): Promise<string | null> {
    if (fileId === null) return null;
    const [row] = await this.database.query<{ place: string }[]>(
      'select place from mcp.vector_store_files where store_id = $1 and file_id = $2',
      [storeId, fileId],
    );
    if (!row) throw refusal([name], 'must be the id of a file in the vector store');
    return row.place;
  }

  private async refuseTooMany(db: EntityManager, storeId: string): Promise<void> {
    const { filesPerStoreMax } = this.limits;
    const [row]: [{ count: number }] = await db.query(
      'select file_count as count from mcp.vector_stores where id = $1',
      [storeId],
    );
    if (row.count <= filesPerStoreMax) return;
    throw new AppError('forbidden', `A vector store may have ${filesPerStoreMax} files: remove some first.`, {
      reason: 'storage_limit_exceeded',
    });
  }
}

/** The names of a caller's files, in the order of the ids. Throws `not_found` for the first that is unknown. */
async function namesOf(db: EntityManager, caller: Caller, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string; filename: string }[]>(
    `select id, filename from mcp.files
      where id = any ($1) and user_id = $2 and (expires_at is null or expires_at > clock_timestamp()) for key share`,
    [ids, caller.userId],
  );
  const names = new Map(rows.map(({ id, filename }) => [id, filename]));
  return ids.map((id) => {
    const name = names.get(id);
    if (name !== undefined) return name;
    throw new AppError('not_found', `There is no file "${id.slice(0, 64)}".`, { param: 'file_id' });
  });
}

/**
 * Files wait by turns: the next turn after the caller's last one that waits, and not before those that wait now. So a file of one caller does not wait
 * for all files that another caller added before it.
 */
async function insertFiles(
  db: EntityManager,
  caller: Caller,
  { storeId, batchId }: FilesOwner,
  files: readonly (NewStoreFile & { filename: string })[],
): Promise<void> {
  await db.query(
    `insert into mcp.vector_store_files (store_id, file_id, user_id, batch_id, filename, attributes, chunk_tokens,
                                         overlap_tokens, creator, status, due_at, turn)
     select $1, given.file_id, $2, $3, given.filename, given.attributes::jsonb, given.chunk_tokens, given.overlap_tokens,
            $4::jsonb, 'in_progress', clock_timestamp(), first_turn + given.place
       from unnest($5::text[], $6::text[], $7::text[], $8::int[], $9::int[]) with ordinality
              as given (file_id, filename, attributes, chunk_tokens, overlap_tokens, place),
            (select greatest(
                      coalesce((select max(turn) from mcp.vector_store_files
                                 where user_id = $2 and status = 'in_progress'), 0),
                      coalesce((select turn from mcp.vector_store_files where status = 'in_progress'
                                 order by turn limit 1), 0)) as first_turn) as queue
     on conflict (store_id, file_id) do update
        set batch_id = excluded.batch_id, filename = excluded.filename, attributes = excluded.attributes,
            chunk_tokens = excluded.chunk_tokens, overlap_tokens = excluded.overlap_tokens, creator = excluded.creator,
            status = 'in_progress', due_at = excluded.due_at, turn = excluded.turn, attempts = 0,
            epoch = vector_store_files.epoch + 1, error_code = null, error_message = null, updated_at = clock_timestamp()`,
    [
      storeId,
      caller.userId,
      batchId,
      JSON.stringify(caller),
      files.map(({ fileId }) => fileId),
      files.map(({ filename }) => filename),
      files.map(({ attributes }) => JSON.stringify(attributes)),
      files.map(({ chunkTokens }) => chunkTokens),
      files.map(({ overlapTokens }) => overlapTokens),
    ],
  );
}
