import {
  type Caller,
  type ConversationPage,
  type ConversationSummary,
  type ConversationTurns,
  finalStatuses,
  type ResponseStatus,
} from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConversationRow } from './conversation.entity.ts';
import { type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { columns, fromRaw, type RawRow } from '../responses/response-row.ts';

/** How many characters of the first user message a conversation's preview has. */
const previewLength = 200;

/** Conversations as lists of their responses. */
@Injectable()
export class ConversationTurnsStore {
  private readonly query: Query;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  /** A page of the caller's conversations, newest first, and whether there are more. Null: `after` is none of the caller's conversations. */
  async list(
    caller: Caller,
    { after, limit }: ConversationPage,
  ): Promise<{ conversations: ConversationSummary[]; hasMore: boolean } | null> {
    const cursor = after === null ? null : await this.find(caller, after);
    if (after !== null && !cursor) return null;
    const rows = await this.query<SummaryRow>(
      `select c.id, c.created_at, last.created_at as updated_at, last.status,
              left(first.words, ${previewLength}) as preview
         from responses.conversations c
         left join lateral (
           select jsonb_path_query_first(r.body,
                    '$.input[*] ? (@.type == "message" && @.role == "user").content[*] ? (@.type == "text").text') #>> '{}' as words
             from responses.responses r where r.user_id = c.user_id and r.conversation_id = c.id
            order by r.created_at, r.id limit 1) first on true
         left join lateral (
           select r.created_at, r.status
             from responses.responses r where r.user_id = c.user_id and r.conversation_id = c.id
            order by r.created_at desc, r.id desc limit 1) last on true
        where c.user_id = $1
          and ($2::text is null or (c.created_at, c.id) <
               (select o.created_at, o.id from responses.conversations o where o.user_id = $1 and o.id = $2))
        order by c.created_at desc, c.id desc limit $3`,
      [caller.userId, after, limit + 1],
    );
    return { conversations: rows.slice(0, limit).map(toSummary), hasMore: rows.length > limit };
  }

  /** A conversation with its newest responses, as many as the limits allow, and at least one. Null: the caller has no such conversation. */
  async read(caller: Caller, id: string): Promise<ConversationTurns | null> {
    const conversation = await this.find(caller, id);
    if (!conversation) return null;
    const rows = await this.query<RawRow & { made: number }>(
      `with made as (
         select ${columns}, created_at, coalesce(body_bytes, octet_length(body::text)) as bytes
           from responses.responses where user_id = $1 and conversation_id = $2
          order by created_at desc, id desc limit $3 + 1),
       measured as (
         select made.*, row_number() over place as place, sum(bytes) over place as bytes_until,
                count(*) over ()::int as made
           from made window place as (order by created_at desc, id desc))
       select ${columns}, made from measured where place <= $3 and (place = 1 or bytes_until <= $4) order by place desc`,
      [caller.userId, id, this.limits.historyMax, this.limits.pageBytesMax],
    );
    const hasMore = (rows[0]?.made ?? 0) > rows.length;
    return { id, createdAt: conversation.createdAt.getTime(), turns: rows.map(fromRaw), hasMore };
  }

  /** The responses of a conversation that have not ended. */
  async unfinished(caller: Caller, id: string): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `select id from responses.responses
        where user_id = $1 and conversation_id = $2 and not status = any($3)`,
      [caller.userId, id, finalStatuses],
    );
    return rows.map((row) => row.id);
  }

  /** Removes a conversation and its responses. False: the caller has no such conversation. */
  async delete(caller: Caller, id: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await queryIn(manager)('delete from responses.responses where user_id = $1 and conversation_id = $2', [
        caller.userId,
        id,
      ]);
      const { affected } = await manager.delete(ConversationRow, { userId: caller.userId, id });
      return affected === 1;
    });
  }

  private find(caller: Caller, id: string): Promise<ConversationRow | null> {
    return this.dataSource.manager.findOneBy(ConversationRow, { userId: caller.userId, id });
  }
}

interface SummaryRow {
  id: string;
  created_at: Date;
  updated_at: Date | null;
  status: ResponseStatus | null;
  preview: string | null;
}

function toSummary({ id, created_at: createdAt, updated_at: updatedAt, status, preview }: SummaryRow) {
  return {
    id,
    createdAt: createdAt.getTime(),
    updatedAt: (updatedAt ?? createdAt).getTime(),
    status,
    preview: preview ?? '',
  };
}
