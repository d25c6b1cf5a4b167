import type { Caller } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';

/** A caller's name for a create, so that a repeated request does not create again. */
export interface IdempotencyKey {
  key: string;
  /** Identifies the request: another request with this key must have the same hash. */
  requestHash: string;
}

/** The create that was made with a key. */
export interface KeyedCreate {
  requestHash: string;
  /** Null: the response was not stored, or it was deleted. */
  responseId: string | null;
}

/** The idempotency keys of creates: key, hash and response id. Neither request nor answer is stored here. */
@Injectable()
export class IdempotencyStore {
  private readonly query: Query;

  constructor(
    dataSource: DataSource,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  async find(caller: Caller, key: string): Promise<KeyedCreate | null> {
    const [row] = await this.query<{ request_hash: string; response_id: string | null }>(
      `select request_hash, response_id from responses.idempotency_keys
        where user_id = $1 and key = $2 and created_at >= clock_timestamp() - $3 * interval '1 ms'`,
      [caller.userId, key, this.limits.keyRetentionMs],
    );
    return row ? { requestHash: row.request_hash, responseId: row.response_id } : null;
  }

  /**
   * Takes a key for a create, within the transaction that stores its response, if there is one. False: another create has the key. Of two at the
   * same time the second waits for the commit of the first.
   */
  async take(
    userId: string,
    { key, requestHash }: IdempotencyKey,
    responseId: string | null,
    manager?: EntityManager,
  ): Promise<boolean> {
    const query = manager ? queryIn(manager) : this.query;
    const rows = await query(
      `insert into responses.idempotency_keys as held (user_id, key, request_hash, response_id)
       values ($1, $2, $3, $4)
       on conflict (user_id, key) do update
          set request_hash = excluded.request_hash, response_id = excluded.response_id,
              created_at = clock_timestamp()
        where held.created_at < clock_timestamp() - $5 * interval '1 ms'
       returning key`,
      [userId, key, requestHash, responseId, this.limits.keyRetentionMs],
    );
    return rows.length === 1;
  }

  /** Removes up to `countMax` keys past their retention. Returns how many. */
  async sweep(countMax: number): Promise<number> {
    const rows = await this.query(
      `with old as (
         select user_id, key from responses.idempotency_keys
          where created_at < clock_timestamp() - $1 * interval '1 ms'
          order by created_at limit $2
            for update skip locked)
       delete from responses.idempotency_keys k using old where k.user_id = old.user_id and k.key = old.key
       returning k.key`,
      [this.limits.keyRetentionMs, countMax],
    );
    return rows.length;
  }
}
