import { AppError, type Caller, firstWithin, type Item } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import { itemsAt } from '../responses/items-at.ts';
import type { Measured } from '../database/read-limits.ts';

/** Selects entries of a conversation: those after the named item, in this order. */
export interface ItemPageQuery {
  after: string | null;
  limit: number;
  order: 'asc' | 'desc';
}

export interface ItemPage {
  /** Oldest first, in pages of either order. */
  items: Item[];
  hasMore: boolean;
}

/** One entry of a list: an item, or a call of a server tool with its output. Its items are not loaded. */
export interface ConversationEntry extends Measured {
  /** The id of the item, or of the call and of its output, which some dialects show as an item of its own. */
  ids: string[];
  /** PostgreSQL's bigints as text. */
  positions: string[];
}

/** The newest entries of a conversation, oldest first. Null: there is no such conversation. */
export async function conversationEntries(
  query: Query,
  caller: Caller,
  conversationId: string,
  itemsMax: number,
): Promise<ConversationEntry[] | null> {
  const rows = await query<MeasuredRow>(
    `select i.position, i.item_id as "itemId", i.bytes, i.call_id as "callId", i.call_part as "callPart"
       from responses.conversations c
       left join lateral (
         select * from responses.conversation_items
          where user_id = c.user_id and conversation_id = c.id order by position desc limit $3) i on true
      where c.user_id = $1 and c.id = $2
      order by i.position desc`,
    [caller.userId, conversationId, itemsMax],
  );
  return rows.length === 0 ? null : entriesOf(rows.reverse());
}

/** A page of these entries. It ends before its limit where the next entry would exceed `bytesMax`. Errors: `invalid_request` for `after`. */
export async function readPage(
  query: Query,
  caller: Caller,
  conversationId: string,
  entries: readonly ConversationEntry[],
  { after, limit, order, bytesMax }: ItemPageQuery & { bytesMax: number },
): Promise<ItemPage> {
  const ordered = order === 'asc' ? entries : entries.toReversed();
  const start = after === null ? 0 : ordered.findIndex(({ ids }) => ids.includes(after)) + 1;
  if (after !== null && start === 0)
    throw new AppError('invalid_request', 'after names no item of this conversation', { param: 'after' });
  const page = firstWithin(ordered.slice(start, start + limit), bytesMax, ({ bytes }) => bytes);
  return {
    items: await readEntries(query, caller, conversationId, page),
    hasMore: start + page.length < ordered.length,
  };
}

/** The items of entries, oldest first. */
export function readEntries(
  query: Query,
  caller: Caller,
  conversationId: string,
  entries: readonly ConversationEntry[],
): Promise<Item[]> {
  const positions = entries.flatMap((entry) => entry.positions);
  return itemsAt(query, caller, conversationId, positions);
}

/** A row without its item; all columns are null where the conversation is empty. */
interface MeasuredRow extends Measured {
  position: string | null;
  itemId: string;
  callId: string | null;
  callPart: 'server_call' | 'client_call' | 'output' | null;
}

/** An output belongs to the latest call of its id before it. */
function entriesOf(rows: readonly MeasuredRow[]): ConversationEntry[] {
  const entries: ConversationEntry[] = [];
  const serverCalls = new Map<string, ConversationEntry | null>();
  for (const { position, itemId, bytes, callId, callPart } of rows) {
    if (position === null) continue;
    const call = callPart === 'output' && callId !== null ? serverCalls.get(callId) : null;
    if (call) {
      call.ids.push(itemId);
      call.positions.push(position);
      call.bytes += bytes;
      continue;
    }
    const entry = { ids: [itemId], positions: [position], bytes };
    entries.push(entry);
    if (callId !== null && callPart !== 'output')
      serverCalls.set(callId, callPart === 'server_call' ? entry : null);
  }
  return entries;
}
