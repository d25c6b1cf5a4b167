import { AppError, type Caller, isId, newId } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { lockStoresOf } from '../../file-search/default-store.ts';
import type { FileBatchRow, NewStoreFile } from './rows.ts';
import { StoreFileStore } from './store-file.store.ts';

/** Files that were added to a store together. A file that is added again or removed is no longer one of its batch. */
@Injectable()
export class FileBatchStore {
  constructor(
    private readonly database: DataSource,
    private readonly files: StoreFileStore,
  ) {}

  /** Throws as `StoreFileStore.addAll` does. */
  async create(caller: Caller, storeId: string, files: readonly NewStoreFile[]): Promise<FileBatchRow> {
    return this.database.transaction(async (db) => {
      const id = newId('fileBatch');
      // An unknown store is refused before the batch refers to it.
      await this.files.addAll(db, caller, { storeId, batchId: null }, []);
      await db.query('insert into mcp.vector_store_batches (id, store_id) values ($1, $2)', [id, storeId]);
      await this.files.addAll(db, caller, { storeId, batchId: id }, files);
      return this.find(storeId, id, db);
    });
  }

  /** Throws `not_found`. */
  async find(
    storeId: string,
    id: string,
    db: Pick<EntityManager, 'query'> = this.database,
  ): Promise<FileBatchRow> {
    const [row] = isId('fileBatch', id)
      ? await db.query<FileBatchRow[]>(
          `select b.id, b.store_id as "storeId", b.created_at as "createdAt", b.cancelled_at is not null as "isCancelled",
                  json_build_object(
                    'in_progress', count(*) filter (where f.status = 'in_progress'),
                    'completed', count(*) filter (where f.status = 'completed'),
                    'failed', count(*) filter (where f.status = 'failed'),
                    'cancelled', count(*) filter (where f.status = 'cancelled')) as counts
             from mcp.vector_store_batches b left join mcp.vector_store_files f on f.batch_id = b.id
            where b.id = $1 and b.store_id = $2 group by b.id`,
          [id, storeId],
        )
      : [];
    if (row) return row;
    throw new AppError(
      'not_found',
      `There is no file batch "${id.slice(0, 64)}" in the vector store "${storeId}".`,
      {
        param: 'batch_id',
      },
    );
  }

  /** Cancels the files that still wait or are being indexed. Throws `not_found`. */
  async cancel(caller: Caller, storeId: string, id: string): Promise<FileBatchRow> {
    return this.database.transaction(async (db) => {
      await lockStoresOf(db, caller.userId);
      const { counts } = await this.find(storeId, id, db);
      if (counts.in_progress > 0) {
        await db.query(
          `update mcp.vector_store_files set status = 'cancelled', due_at = null, updated_at = clock_timestamp()
            where batch_id = $1 and status = 'in_progress'`,
          [id],
        );
        await db.query('update mcp.vector_store_batches set cancelled_at = clock_timestamp() where id = $1', [
          id,
        ]);
      }
      return this.find(storeId, id, db);
    });
  }
}
