import { type Conversation, type InputItem, type Item, type JsonObject } from '@antiphon/contracts';
import { z } from 'zod';
import { unixTime } from '../../common/times.ts';
import { encodePage, textsIn } from '../encode.ts';
import type { PageOfItems } from '../../dialect.ts';
import { decodeInput } from '../items/decode-input.ts';
import { encodeItems, type WireItem } from '../items/encode-items.ts';
import type * as replies from '../replies/conversation.ts';
import type { ItemList } from '../replies/item.ts';
import { Metadata } from '../schema.ts';

/** How many items one request may add. */
const addedItemsMax = 20;

const Items = z.array(z.unknown()).max(addedItemsMax);
export const ConversationRequest = z.object({ items: Items.nullish(), metadata: Metadata.nullish() });
export const ConversationChange = z.object({ metadata: Metadata.nullable() });
export const AddedItems = z.object({ items: Items.min(1) });

export function decodeConversation({ items, metadata }: z.output<typeof ConversationRequest>): {
  items: InputItem[];
  metadata: JsonObject;
} {
  return { items: decodeItems(items ?? []), metadata: metadata ?? {} };
}

export function decodeChange({ metadata }: z.output<typeof ConversationChange>): JsonObject {
  return metadata ?? {};
}

export function decodeAdded({ items }: z.output<typeof AddedItems>): InputItem[] {
  return decodeItems(items);
}

/** Encodes conversations and their items for the stock clients. */
export const openaiConversations = {
  encode({ id, metadata, createdAt }: Conversation): z.input<typeof replies.Conversation> {
    return { id, object: 'conversation', created_at: unixTime(createdAt), metadata: textsIn(metadata) };
  },

  encodeDeleted(id: string): z.input<typeof replies.ConversationDeleted> {
    return { id, object: 'conversation.deleted', deleted: true };
  },

  /** The added items as one page. */
  encodeAdded(items: readonly Item[]): z.input<typeof ItemList> {
    return encodePage(encodeItems(items, { isOver: true }), false);
  },

  /** A page in the requested order. `items` are oldest first. */
  encodeItemPage(
    { items, hasMore }: { items: readonly Item[]; hasMore: boolean },
    { order, include = [] }: Pick<PageOfItems, 'order' | 'include'>,
  ): z.input<typeof ItemList> {
    const data = encodeItems(items, { isOver: true, include });
    return encodePage(order === 'desc' ? data.toReversed() : data, hasMore);
  },

  /** One of the items, in the form that it has in a page. Null: there is none. */
  encodeItem(items: readonly Item[], id: string): WireItem | null {
    return encodeItems(items, { isOver: true }).find((item) => item.id === id) ?? null;
  },
};

function decodeItems(items: readonly unknown[]): InputItem[] {
  return decodeInput(items, { mayBeEmpty: true, field: 'items' });
}
