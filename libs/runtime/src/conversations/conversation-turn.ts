import { isRejected, type Item, type Response } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import { storableJson } from '../responses/response-row.ts';

/*
 * A response's part of its conversation. Its input and output are written where the run stops, in that transaction, so the two sides
 * of a turn are there together or not at all; while it runs its row keeps every other run out of the conversation.
 */

/** Writes a turn into its conversation, or what has become of it since it paused. Nothing where the conversation was deleted. */
export async function writeTurn(query: Query, response: Response): Promise<void> {
  if (response.conversationId === null) return;
  await query(
    `with open as (
       select user_id, id from responses.conversations where user_id = $1 and id = $2 for key share)
     insert into responses.conversation_items as had (user_id, conversation_id, item_id, item, response_id)
     select open.user_id, open.id, turn.item ->> 'id', turn.item, $4
       from open, jsonb_array_elements($3::jsonb) with ordinality as turn(item, place)
      order by turn.place
         on conflict (user_id, conversation_id, item_id) do update set item = excluded.item
      where had.response_id = excluded.response_id`,
    [
      response.userId,
      response.conversationId,
      storableJson(oneOfEach([...response.input, ...response.output.filter((item) => !isRejected(item))])),
      response.id,
    ],
  );
}

/** Takes a turn out of its conversation: its response was deleted, or did not come to a good end after all. */
export async function removeTurn(
  query: Query,
  { userId, id }: Pick<Response, 'userId' | 'id'>,
): Promise<void> {
  await query('delete from responses.conversation_items where response_id = $2 and user_id = $1', [
    userId,
    id,
  ]);
}

/** Callers may send an item twice; one statement cannot write it twice. */
function oneOfEach(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
