import { accountKindOf, AppError, type Caller, isId, newId, refusal } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import { lockStoresOf } from '../../file-search/default-store.ts';
import type { VectorStoreLimits } from '../vector-store-limits.ts';
import { type Page, type PageQuery, readPage } from './keyset-page.ts';
import { releaseStores } from './release-stores.ts';
import type { VectorStoreRow } from './rows.ts';

export interface NewStore {
  name: string;
  description: string | null;
  metadata: Record<string, string>;
  /** Days without use after which the store expires; null: never. */
  expiresAfterDays: number | null;
}

/** A field that is left out stays as it is. */
export interface StoreChange {
  name?: string | undefined;
  metadata?: Record<string, string> | undefined;
  expiresAfterDays?: number | null | undefined;
}

/** The shortest time between two notes of a store's use: its days count, not its seconds. */
const useNotedEveryMs = 60_000;

const columns = `id, name, description, metadata, is_default as "isDefault", expires_after_days as "expiresAfterDays",
  created_at as "createdAt", last_active_at as "lastActiveAt", expires_at as "expiresAt",
  coalesce(expires_at <= clock_timestamp(), false) as "isExpired", usage_bytes::float8 as "usageBytes",
  json_build_object('in_progress', in_progress_count, 'completed', completed_count, 'failed', failed_count,
                    'cancelled', cancelled_count) as counts`;

/** The vector stores of callers. An expired one is shown without its files until it is deleted. */
@Injectable()
export class VectorStoreStore {
  private readonly limits: VectorStoreLimits;

  constructor(
    private readonly database: DataSource,
    @Inject(MCP_CONFIG) config: { vectorStores: VectorStoreLimits },
  ) {
    this.limits = config.vectorStores;
  }

  /** Creates a store and lets `fill` add its files. Throws `forbidden` where the caller has as many stores as allowed. */
  async create(
    caller: Caller,
    { name, description, metadata, expiresAfterDays }: NewStore,
    fill: (db: EntityManager, id: string) => Promise<void>,
  ): Promise<VectorStoreRow> {
    return this.database.transaction(async (db) => {
      await lockStoresOf(db, caller.userId);
      await this.refuseTooMany(db, caller);
      const id = newId('vectorStore');
      await db.query(
        `insert into mcp.vector_stores (id, user_id, name, description, metadata, expires_after_days, created_at,
                                        last_active_at, expires_at)
         select $1, $2, $3, $4, $5, $6::int, now, now, now + $6::int * interval '1 day' from clock_timestamp() as now`,
        [id, caller.userId, name, description, JSON.stringify(metadata), expiresAfterDays],
      );
      await fill(db, id);
      return this.find(caller, id, db);
    });
  }

  /** Throws `invalid_request` for a cursor that is no id of a store. */
  async list(caller: Caller, page: PageQuery): Promise<Page<VectorStoreRow>> {
    for (const name of ['after', 'before'] as const) {
      const cursor = page[name];
      if (cursor !== null && !isId('vectorStore', cursor))
        throw refusal([name], 'must be the id of a vector store');
    }
    const list = {
      select: columns,
      table: 'mcp.vector_stores',
      columns: ['user_id'],
      values: [caller.userId],
      key: 'id',
      condition: 'removed_at is null',
    };
    return readPage(this.database, list, page);
  }

  /** Throws `not_found`. */
  async find(
    caller: Caller,
    id: string,
    db: Pick<EntityManager, 'query'> = this.database,
  ): Promise<VectorStoreRow> {
    const [row] = isId('vectorStore', id)
      ? await db.query<VectorStoreRow[]>(
          `select ${columns} from mcp.vector_stores where id = $1 and user_id = $2 and removed_at is null`,
          [id, caller.userId],
        )
      : [];
    if (!row)
      throw new AppError('not_found', `There is no vector store "${id.slice(0, 64)}".`, {
        param: 'vector_store_id',
      });
    return row;
  }

  /** The store, where its files can be used. Throws `not_found`, and `invalid_request` for an expired one. */
  async findOpen(
    caller: Caller,
    id: string,
    db: Pick<EntityManager, 'query'> = this.database,
  ): Promise<VectorStoreRow> {
    const store = await this.find(caller, id, db);
    if (store.isExpired)
      throw new AppError('invalid_request', `The vector store "${id}" has expired: create a new one.`, {
        param: 'vector_store_id',
      });
    return store;
  }

  /** Throws as `findOpen` does, and `invalid_request` for an expiry of the default store. */
  async change(caller: Caller, id: string, change: StoreChange): Promise<VectorStoreRow> {
    return this.database.transaction(async (db) => {
      const store = await this.findOpen(caller, id, db);
      const {
        name = store.name,
        metadata = store.metadata,
        expiresAfterDays = store.expiresAfterDays,
      } = change;
      if (store.isDefault && expiresAfterDays !== null)
        throw refusal(
          ['expires_after'],
          'must be null: this store has the documents of the file_search tools',
        );
      await db.query(
        `update mcp.vector_stores
            set name = $2, metadata = $3, expires_after_days = $4::int, last_active_at = now, expires_at = now + $4::int * interval '1 day'
           from clock_timestamp() as now where id = $1`,
        [id, name, JSON.stringify(metadata), expiresAfterDays],
      );
      return this.find(caller, id, db);
    });
  }

  /** Removes a store; its files stay in `/v1/files`. Throws `not_found`. */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.database.transaction(async (db) => {
      await lockStoresOf(db, caller.userId);
      await this.find(caller, id, db);
      await releaseStores(db, caller.userId, id);
    });
  }

  /** Notes that stores are in use, which moves their expiry. */
  async noteUse(ids: readonly string[], db: Pick<EntityManager, 'query'> = this.database): Promise<void> {
    await db.query(
      `update mcp.vector_stores
          set last_active_at = now, expires_at = now + expires_after_days * interval '1 day'
         from clock_timestamp() as now
        where id = any ($1) and last_active_at < now - $2 * interval '1 ms'`,
      [ids, useNotedEveryMs],
    );
  }

  /** Throws `forbidden` where the caller's stores are full, or would be with so many bytes more. */
  async requireRoom(db: Pick<EntityManager, 'query'>, caller: Caller, bytes: number): Promise<void> {
    const { callerBytesMax, guestBytesMax } = this.limits;
    const bytesMax = accountKindOf(caller) === 'guest' ? guestBytesMax : callerBytesMax;
    const [used]: [{ bytes: number }] = await db.query(
      `select coalesce(sum(usage_bytes), 0)::float8 as bytes from mcp.vector_stores
        where user_id = $1 and removed_at is null`,
      [caller.userId],
    );
    if (used.bytes + bytes <= bytesMax) return;
    throw new AppError(
      'forbidden',
      `Your vector stores may take ${bytesMax} bytes in all, and there is not enough room left: remove files or stores first.`,
      { reason: 'storage_limit_exceeded' },
    );
  }

  private async refuseTooMany(db: EntityManager, caller: Caller): Promise<void> {
    const { storesPerCallerMax } = this.limits;
    const [found]: [{ count: number }] = await db.query(
      'select count(*)::int as count from mcp.vector_stores where user_id = $1 and removed_at is null',
      [caller.userId],
    );
    if (found.count < storesPerCallerMax) return;
    throw new AppError('forbidden', `You may have ${storesPerCallerMax} vector stores: delete one first.`, {
      reason: 'storage_limit_exceeded',
    });
  }
}
