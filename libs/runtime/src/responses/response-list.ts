import type { Caller, Response, ResponseFilter } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import { columnsOf, fromRaw, type RawRow } from './response-row.ts';

/**
 * A page of a caller's responses. It ends before its limit where the next row would exceed `bytesMax`, and has at least one row. Null:
 * `after` is none of the caller's responses.
 */
export async function listResponses(
  query: Query,
  caller: Caller,
  filter: ResponseFilter,
  bytesMax: number,
): Promise<{ responses: Response[]; hasMore: boolean } | null> {
  const values: unknown[] = [caller.userId];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions = ['r.user_id = $1'];
  if (filter.statuses) conditions.push(`r.status = any(${value(filter.statuses)})`);
  if (filter.model !== null)
    conditions.push(`${value(filter.model)} in (r.body ->> 'model', r.body ->> 'modelUsed')`);
  if (filter.conversationId !== null) conditions.push(`r.conversation_id = ${value(filter.conversationId)}`);
  if (Object.keys(filter.metadata).length > 0) {
    // The second condition lets the planner use the index, which leaves out responses without metadata.
    const metadata = value(JSON.stringify(filter.metadata));
    conditions.push(`r.body -> 'metadata' @> ${metadata}::jsonb and r.body -> 'metadata' <> '{}'`);
  }
  if (filter.after !== null) {
    const [last] = await query<{ id: string }>(
      'select id from responses.responses where user_id = $1 and id = $2',
      [caller.userId, filter.after],
    );
    if (!last) return null;
    conditions.push(`(r.created_at, r.id) ${filter.order === 'asc' ? '>' : '<'}
      (select l.created_at, l.id from responses.responses l where l.id = ${value(last.id)})`);
  }
  const rows = await query<RawRow & { found: number }>(
    `with page as (
       select ${columnsOf('r')}, r.created_at, coalesce(r.body_bytes, octet_length(r.body::text)) as bytes
         from responses.responses r where ${conditions.join(' and ')}
        order by r.created_at ${filter.order}, r.id ${filter.order} limit ${value(filter.limit + 1)}),
     measured as (
       select page.*, row_number() over place as place, sum(bytes) over place as bytes_until,
              count(*) over ()::int as found
         from page window place as (order by created_at ${filter.order}, id ${filter.order}))
     select ${columnsOf('measured')}, found from measured
      where place = 1 or bytes_until <= ${value(bytesMax)} order by place`,
    values,
  );
  const shown = rows.slice(0, filter.limit);
  return { responses: shown.map(fromRaw), hasMore: (rows[0]?.found ?? 0) > shown.length };
}
