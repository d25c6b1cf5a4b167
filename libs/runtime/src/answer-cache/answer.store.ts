import type { Caller, Response } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Query, queryOn } from '../database/raw-sql.ts';
import { columnsOf, fromRaw, type RawRow } from '../responses/response-row.ts';

/** Nest's token for the limits of the answer cache. */
export const ANSWER_LIMITS = Symbol('answer limits');

export interface AnswerLimits {
  /** How long an answer is reused. */
  keepMs: number;
  /** How many answers of one user are kept; the oldest are dropped. */
  perUserMax: number;
}

/** The answer cache: the hash of a request and the id of its response. An answer is removed with its response. */
@Injectable()
export class AnswerStore {
  private readonly query: Query;

  constructor(
    dataSource: DataSource,
    @Inject(ANSWER_LIMITS) private readonly limits: AnswerLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  /** The response to an equal request of this caller; null where there is none within the retention. */
  async find(caller: Caller, requestHash: string): Promise<Response | null> {
    const [row] = await this.query<RawRow>(
      `select ${columnsOf('r')} from responses.answers a join responses.responses r on r.id = a.response_id
        where a.user_id = $1 and a.request_hash = $2 and a.created_at >= clock_timestamp() - $3 * interval '1 ms'
          and r.user_id = $1 and r.status = 'completed'`,
      [caller.userId, requestHash, this.limits.keepMs],
    );
    return row ? fromRaw(row) : null;
  }

  /** Keeps the answer for equal requests, and drops answers of its caller that are too old or too many. */
  async keep(caller: Caller, requestHash: string, responseId: string): Promise<void> {
    await this.query(
      `insert into responses.answers (user_id, request_hash, response_id)
       select $1, $2, id from responses.responses where id = $3
       on conflict (user_id, request_hash) do update
          set response_id = excluded.response_id, created_at = clock_timestamp()`,
      [caller.userId, requestHash, responseId],
    );
    await this.query(
      `delete from responses.answers
        where user_id = $1 and (created_at < clock_timestamp() - $2 * interval '1 ms'
           or created_at < (select created_at from responses.answers where user_id = $1
                             order by created_at desc offset $3 - 1 limit 1))`,
      [caller.userId, this.limits.keepMs, this.limits.perUserMax],
    );
  }
}
