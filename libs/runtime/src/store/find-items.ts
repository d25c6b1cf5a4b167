import { type Caller, type Item, timeOfId } from '@antiphon/contracts';
import type { Query } from './conversation-turn.ts';

/** How many responses before the time an id was made are looked at. A run makes ids while it goes on, and others begin meanwhile. */
const responsesMax = 200;
/** An item of the input is named a moment before its response. */
const headStartMs = 5_000;

/**
 * Items of a caller's by their ids, each with what belongs to it: a call of one of our tools with its output. Those that are not found
 * are missing from the answer. An id that we gave tells when it was made, and so which responses may hold it; what callers put into
 * conversations is found by its id.
 */
export async function findItems(
  query: Query,
  caller: Caller,
  ids: readonly string[],
): Promise<Map<string, Item[]>> {
  const found = new Map<string, Item[]>();
  for (const id of ids) {
    if (found.has(id)) continue;
    const items = await itemsOfResponseWith(query, caller, id);
    for (const item of items) if (ids.includes(item.id)) found.set(item.id, withOutput(item, items));
  }
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return found;
  const rows = await query<{ item: Item }>(
    'select item from responses.conversation_items where user_id = $1 and item_id = any($2)',
    [caller.userId, missing],
  );
  for (const { item } of rows) found.set(item.id, [item]);
  return found;
}

async function itemsOfResponseWith(query: Query, caller: Caller, id: string): Promise<Item[]> {
  const madeAtMs = timeOfId(id);
  if (madeAtMs === null) return [];
  const [row] = await query<{ items: Item[] }>(
    `select items from (
       select (body -> 'input') || (body -> 'output') as items from responses.responses
        where user_id = $1 and created_at <= to_timestamp($2 / 1000.0)
        order by created_at desc limit ${responsesMax}) as nearest
      where items @> jsonb_build_array(jsonb_build_object('id', $3::text)) limit 1`,
    [caller.userId, madeAtMs + headStartMs, id],
  );
  return row?.items ?? [];
}

function withOutput(item: Item, items: readonly Item[]): Item[] {
  if (item.type !== 'function_call' || item.executor === 'client') return [item];
  const output = items
    .slice(items.indexOf(item))
    .find((other) => other.type === 'function_call_output' && other.callId === item.callId);
  return output ? [item, output] : [item];
}
