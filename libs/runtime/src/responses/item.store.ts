import type { Caller, Item } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Query, queryOn } from '../database/raw-sql.ts';
import { STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { findItems } from './find-items.ts';

/** The caller's items, in responses and in conversations, by their ids. */
@Injectable()
export class ItemStore {
  private readonly query: Query;

  constructor(
    dataSource: DataSource,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  /** The items of these ids; the map lacks those that are not found. Errors: `context_too_long` and `cancelled`, as `findItems` has them. */
  find(caller: Caller, ids: readonly string[], signal: AbortSignal): Promise<Map<string, Item[]>> {
    return findItems(this.query, caller, ids, this.limits.contextBytesMax, signal);
  }
}
