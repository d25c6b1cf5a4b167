import type { Caller, Item } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';

/** The items of a conversation at these positions (PostgreSQL's bigints as text), oldest first. */
export async function itemsAt(
  query: Query,
  caller: Caller,
  conversationId: string,
  positions: readonly string[],
): Promise<Item[]> {
  if (positions.length === 0) return [];
  const rows = await query<{ item: Item }>(
    `select item from responses.conversation_items
      where user_id = $1 and conversation_id = $2 and position = any($3::bigint[]) order by position`,
    [caller.userId, conversationId, positions],
  );
  return rows.map(({ item }) => item);
}
