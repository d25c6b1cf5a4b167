import { type Conversation, type InputItem, type Item, type JsonObject, read } from '@antiphon/contracts';
import { z } from 'zod';
import type { ItemsQuery } from '../../dialect.ts';
import { unixTime } from '../../common/times.ts';
import { encodePage, readQuery } from '../encode.ts';
import { decodeInput } from '../items/decode-input.ts';
import { encodeItems, type WireItem } from '../items/encode-items.ts';
import { IncludeQuery, Metadata } from '../schema.ts';

/** How many items one request may add. */
const addedItemsMax = 20;

const Items = z.array(z.unknown()).max(addedItemsMax);
export const ConversationRequest = z.object({ items: Items.nullish(), metadata: Metadata.nullish() });
export const ConversationChange = z.object({ metadata: Metadata.nullable() });
export const AddedItems = z.object({ items: Items.min(1) });

/** Conversations and their items as the stock clients know them. */
export const openaiConversations = {
  /** A create may come without a body. */
  decodeCreate(body: unknown): { items: InputItem[]; metadata: JsonObject } {
    const { items, metadata } = read(ConversationRequest, body ?? {});
    return { items: decodeItems(items ?? []), metadata: metadata ?? {} };
  },

  /** The metadata, which takes the place of what was there. */
  decodeUpdate(body: unknown): JsonObject {
    return read(ConversationChange, body).metadata ?? {};
  },

  decodeItems(body: unknown): InputItem[] {
    return decodeItems(read(AddedItems, body).items);
  },

  encode({ id, metadata, createdAt }: Conversation): Record<string, unknown> {
    return { id, object: 'conversation', created_at: unixTime(createdAt), metadata };
  },

  encodeDeleted(id: string): Record<string, unknown> {
    return { id, object: 'conversation.deleted', deleted: true };
  },

  /** Items that were added: one page. */
  encodeAdded(items: readonly Item[]): Record<string, unknown> {
    return encodePage(encodeItems(items, { isOver: true }), false);
  },

  /** How a page of items is asked for. Throws `invalid_request`. */
  decodeItemsQuery(query: ItemsQuery): { after: string | null; limit: number; order: 'asc' | 'desc' } {
    read(IncludeQuery, query);
    return { ...readQuery(query), after: query.after ?? null };
  },

  /** A page in the order that was asked for. `items` are oldest first. */
  encodeItemPage(
    { items, hasMore }: { items: readonly Item[]; hasMore: boolean },
    { order }: { order: 'asc' | 'desc' },
  ): Record<string, unknown> {
    const data = encodeItems(items, { isOver: true });
    return encodePage(order === 'desc' ? data.toReversed() : data, hasMore);
  },

  /** One of the items, as it stands among the others. Null: there is none. */
  encodeItem(items: readonly Item[], id: string): WireItem | null {
    return encodeItems(items, { isOver: true }).find((item) => item.id === id) ?? null;
  },
};

function decodeItems(items: readonly unknown[]): InputItem[] {
  return decodeInput(items, { mayBeEmpty: true, field: 'items' });
}
