import { isRejected, type Item, type Response } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import { storableJson } from '../responses/response-row.ts';

/*
 * The turn of a response in its conversation. Input and output are written in the transaction that ends or pauses the run, so a turn is
 * complete or missing. While the run goes on, its row excludes every other run from the conversation.
 */

/** Writes a turn into its conversation, or updates it after a pause. Writes nothing where the conversation was deleted. */
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

/** Callers may send an item twice, and one statement cannot write a row twice. */
function oneOfEach(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
