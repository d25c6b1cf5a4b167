import { type Caller, isId, type Response } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import { waitsForApproval } from './response-list-sql.ts';
import { columns, fromRaw, type RawRow } from './response-row.ts';

/** How many waiting responses are searched, the newest first: an item is nearly always in one of them. */
const searchedMax = 5_000;

/** The caller's paused response whose output has this call, which waits for approval; null where none has. */
export async function findWaiting(query: Query, caller: Caller, itemId: string): Promise<Response | null> {
  if (!isId('functionCall', itemId)) return null;
  const [row] = await query<RawRow>(
    `select ${columns} from (
       select * from responses.responses
        where user_id = $1 and ${waitsForApproval}
        order by created_at desc, id desc limit ${searchedMax}) waiting
      where jsonb_path_exists(body, '$.output[*] ? (@.id == $id && @.state == "pending_approval")',
                              jsonb_build_object('id', $2::text))
      limit 1`,
    [caller.userId, itemId],
  );
  return row ? fromRaw(row) : null;
}
