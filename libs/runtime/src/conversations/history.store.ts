import type { Caller, Item, Response } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Query, queryOn } from '../database/raw-sql.ts';
import { STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { type History, type HistoryUse, readHistory } from './read-history.ts';

/** The history of responses: earlier responses of their chain, or the items of their conversation. */
@Injectable()
export class HistoryStore {
  private readonly query: Query;

  constructor(
    dataSource: DataSource,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  /** The items before a response's input, oldest first. Errors: `context_too_long`, as `readHistory` has it. */
  async read(caller: Caller, response: Response, use: HistoryUse = 'run'): Promise<Item[]> {
    return (await this.readMeasured(caller, response, use)).items;
  }

  /**
   * The items before a response that has locked its conversation: those that were read before the lock, or, where the conversation was changed
   * since then, those of now.
   */
  async readLocked(
    caller: Caller,
    response: Response,
    { items, version }: Pick<History, 'version'> & { items: readonly Item[] },
  ): Promise<readonly Item[]> {
    const [unchanged] = await this.query(
      'select from responses.conversations where user_id = $1 and id = $2 and version = $3',
      [caller.userId, response.conversationId, version],
    );
    return unchanged ? items : this.read(caller, response);
  }

  /** The same with its size and version. */
  readMeasured(caller: Caller, response: Response, use: HistoryUse = 'run'): Promise<History> {
    return readHistory(this.query, caller, response, this.limits, use);
  }
}
