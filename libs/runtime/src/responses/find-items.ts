import { AppError, type Caller, type Item, timeOfId } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import type { Measured } from '../database/read-limits.ts';

/** How many responses older than an id are searched. A run makes ids during its whole time, while other runs begin. */
const responsesMax = 200;
/** The same for all ids of one request together, the responses nearest to each id first. */
const allResponsesMax = 2_000;
/** How many bytes of JSON of those responses' items are searched. */
const searchedBytesMax = 64_000_000;
/** An item of the input gets its id a moment before its response. */
const headStartMs = 5_000;

/** The place of an item that is not loaded. */
interface PlacedItem extends Measured {
  itemId: string;
  responseId: string;
  /** Among the items of its response, from 1. */
  place: number;
  type: Item['type'];
  callId: string | null;
  executor: 'server' | 'client' | null;
}

/**
 * The caller's items of these ids, each with what belongs to it: a call of a server tool with its output. The map lacks ids that are not
 * found. An id made by the server carries its time, and so the responses that may hold it; items that callers added to conversations are
 * found by their ids. Errors: `context_too_long` where the items have more than `bytesMax` together, a repeated id counted each time;
 * `cancelled` when the signal aborts.
 */
export async function findItems(
  query: Query,
  caller: Caller,
  ids: readonly string[],
  bytesMax: number,
  signal: AbortSignal,
): Promise<Map<string, Item[]>> {
  const placed = await placesInResponses(query, caller, ids);
  assertWanted(signal);
  const missing = [...new Set(ids)].filter((id) => !placed.has(id));
  const kept = await sizesInConversations(query, caller, missing);
  assertWanted(signal);
  const bytesOf = (id: string) =>
    (placed.get(id) ?? []).reduce((sum, { bytes }) => sum + bytes, kept.get(id)?.bytes ?? 0);
  const bytes = ids.reduce((sum, id) => sum + bytesOf(id), 0);
  if (bytes > bytesMax)
    throw new AppError(
      'context_too_long',
      `The items that input refers to have ${bytes} bytes, and at most ${bytesMax} are allowed. Refer to fewer items.`,
      { param: 'input' },
    );
  return new Map([...(await loadPlaced(query, caller, placed)), ...(await loadKept(query, caller, kept))]);
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'The client disconnected.');
}

/** The places of the requested items in responses, with the outputs of calls, by the requested id. */
async function placesInResponses(
  query: Query,
  caller: Caller,
  ids: readonly string[],
): Promise<Map<string, PlacedItem[]>> {
  const dated = [...new Set(ids)].flatMap((id) => {
    const madeAtMs = timeOfId(id);
    return madeAtMs === null ? [] : [{ id, madeAtMs: madeAtMs + headStartMs }];
  });
  if (dated.length === 0) return new Map();
  const rows = await query<PlacedItem>(
    `with near as (
       select n.id, n.bytes, min(n.rank) as rank
         from unnest($2::bigint[]) as asked(made_at)
        cross join lateral (
          select r.id, coalesce(r.context_bytes, octet_length(r.body ->> 'input') + octet_length(r.body ->> 'output')) as bytes,
                 row_number() over (order by r.created_at desc, r.id desc) as rank
            from responses.responses r
           where r.user_id = $1 and r.created_at <= to_timestamp(asked.made_at / 1000.0)
           order by r.created_at desc, r.id desc limit ${responsesMax}) n
        group by n.id, n.bytes
        order by rank, n.id limit ${allResponsesMax}),
     searched as (
       select id from (select id, sum(bytes) over (order by rank, id) - bytes as bytes_before from near) measured
        where bytes_before < ${searchedBytesMax}),
     items as (
       select r.id as response_id, i.item, i.place
         from searched join responses.responses r on r.id = searched.id
        cross join lateral jsonb_array_elements((r.body -> 'input') || (r.body -> 'output'))
              with ordinality as i(item, place)),
     asked as (
       select * from items where item ->> 'id' = any($3))
     select item ->> 'id' as "itemId", response_id as "responseId", place::int, octet_length(item::text) as bytes,
            item ->> 'type' as type, item ->> 'callId' as "callId", item ->> 'executor' as executor
       from items
      where item ->> 'id' = any($3)
         or (item ->> 'type' = 'function_call_output'
             and (response_id, item ->> 'callId') in (
                   select response_id, item ->> 'callId' from asked
                    where item ->> 'type' = 'function_call' and item ->> 'executor' = 'server'))
      order by response_id desc, place`,
    [caller.userId, dated.map(({ madeAtMs }) => madeAtMs), dated.map(({ id }) => id)],
  );
  return byAskedId(rows, new Set(ids));
}

/** An item that is in several responses is taken from the newest. */
function byAskedId(rows: readonly PlacedItem[], asked: ReadonlySet<string>): Map<string, PlacedItem[]> {
  const placed = new Map<string, PlacedItem[]>();
  for (const row of rows) {
    if (!asked.has(row.itemId) || placed.has(row.itemId)) continue;
    const output = isServerCall(row) ? rows.find((other) => isOutputOf(other, row)) : undefined;
    placed.set(row.itemId, output ? [row, output] : [row]);
  }
  return placed;
}

function isServerCall({ type, executor }: PlacedItem): boolean {
  return type === 'function_call' && executor === 'server';
}

function isOutputOf(item: PlacedItem, call: PlacedItem): boolean {
  return (
    item.type === 'function_call_output' &&
    item.responseId === call.responseId &&
    item.callId === call.callId &&
    item.place > call.place
  );
}

async function loadPlaced(
  query: Query,
  caller: Caller,
  placed: ReadonlyMap<string, readonly PlacedItem[]>,
): Promise<Map<string, Item[]>> {
  if (placed.size === 0) return new Map();
  const all = [...placed.values()].flat();
  const rows = await query<{ responseId: string; place: number; item: Item }>(
    `select r.id as "responseId", wanted.place, ((r.body -> 'input') || (r.body -> 'output')) -> (wanted.place - 1) as item
       from (select distinct id, place from unnest($2::text[], $3::int[]) as listed(id, place)) wanted
       join responses.responses r on r.id = wanted.id and r.user_id = $1`,
    [caller.userId, all.map(({ responseId }) => responseId), all.map(({ place }) => place)],
  );
  const nameOf = ({ responseId, place }: { responseId: string; place: number }) => `${responseId} ${place}`;
  const items = new Map(rows.map((row) => [nameOf(row), row.item]));
  return new Map(
    [...placed].map(([id, places]) => [id, places.flatMap((at) => items.get(nameOf(at)) ?? [])]),
  );
}

/** The positions of items in conversations, by their ids; PostgreSQL's bigint as text. */
type KeptItems = ReadonlyMap<string, { position: string; bytes: number }>;

async function sizesInConversations(
  query: Query,
  caller: Caller,
  ids: readonly string[],
): Promise<KeptItems> {
  if (ids.length === 0) return new Map();
  const rows = await query<{ itemId: string; position: string; bytes: number }>(
    `select distinct on (item_id) item_id as "itemId", position, bytes from responses.conversation_items
      where user_id = $1 and item_id = any($2) order by item_id, position desc`,
    [caller.userId, ids],
  );
  return new Map(rows.map(({ itemId, position, bytes }) => [itemId, { position, bytes }]));
}

async function loadKept(query: Query, caller: Caller, kept: KeptItems): Promise<[string, Item[]][]> {
  if (kept.size === 0) return [];
  const rows = await query<{ itemId: string; item: Item }>(
    `select item_id as "itemId", item from responses.conversation_items
      where user_id = $1 and item_id = any($2) and position = any($3::bigint[])`,
    [caller.userId, [...kept.keys()], [...kept.values()].map(({ position }) => position)],
  );
  return rows.map(({ itemId, item }) => [itemId, [item]]);
}
