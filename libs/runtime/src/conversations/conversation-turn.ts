import type { Item, Response } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';

/*
 * The turn of a response in its conversation. Input and output are written in the transaction that ends or pauses the run, so a turn is
 * complete or missing. While the run goes on, its row excludes every other run from the conversation.
 */

/** Removes a turn from its conversation: its response was deleted, cancelled or failed. */
export async function removeTurn(
  query: Query,
  { userId, id }: Pick<Response, 'userId' | 'id'>,
): Promise<void> {
  await query('delete from responses.conversation_items where response_id = $2 and user_id = $1', [
    userId,
    id,
  ]);
}

/** A turn that is written again after a pause keeps the places of its items. */
export const orAgainInTurn = `on conflict (user_id, conversation_id, item_id) do update set item = excluded.item
      where had.response_id = excluded.response_id`;

/** Callers may send an item twice, and one statement cannot write a row twice. */
export function oneOfEach(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
