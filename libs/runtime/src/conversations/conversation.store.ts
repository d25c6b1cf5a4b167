import { type Caller, type Conversation, type Item, type JsonObject, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ConversationRow } from './conversation.entity.ts';
import {
  type ConversationEntry,
  conversationEntries,
  type ItemPage,
  type ItemPageQuery,
  readEntries,
  readPage,
} from './conversation-page.ts';
import { type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { storableJson } from '../responses/response-row.ts';

/** Conversations and their items: those that callers added, and the turns that responses wrote (`conversation-turn.ts`). */
@Injectable()
export class ConversationStore {
  private readonly query: Query;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  async create(
    caller: Caller,
    { metadata, items }: { metadata: JsonObject; items: readonly Item[] },
  ): Promise<Conversation> {
    const id = newId('conversation');
    return this.dataSource.transaction(async (manager) => {
      const [row] = await queryIn(manager)<Row>(
        `insert into responses.conversations (user_id, id, metadata) values ($1, $2, $3) returning ${columns}`,
        [caller.userId, id, storableJson(metadata)],
      );
      await insertItems(manager, caller, id, items);
      return fromRow(row as Row); // an insert returns its row
    });
  }

  async find(caller: Caller, id: string): Promise<Conversation | null> {
    const [row] = await this.query<Row>(
      `select ${columns} from responses.conversations where user_id = $1 and id = $2`,
      [caller.userId, id],
    );
    return row ? fromRow(row) : null;
  }

  async exists(caller: Caller, id: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(ConversationRow, { userId: caller.userId, id });
  }

  /** Whether any user has a conversation of this id. Only for ids that the server makes: a caller must not learn of ids that others chose. */
  async existsForAnyUser(id: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(ConversationRow, { id });
  }

  /** Makes an empty conversation of this id unless the caller has one. */
  async open(caller: Caller, id: string): Promise<void> {
    await this.query(
      'insert into responses.conversations (user_id, id) values ($1, $2) on conflict do nothing',
      [caller.userId, id],
    );
  }

  /** Null: the caller has no such conversation. */
  async setMetadata(caller: Caller, id: string, metadata: JsonObject): Promise<Conversation | null> {
    const [row] = await this.query<Row>(
      `update responses.conversations set metadata = $3 where user_id = $1 and id = $2 returning ${columns}`,
      [caller.userId, id, storableJson(metadata)],
    );
    return row ? fromRow(row) : null;
  }

  /** Removes a conversation with its items; its responses stay. False: the caller has no such conversation. */
  async delete(caller: Caller, id: string): Promise<boolean> {
    const result = await this.dataSource.manager.delete(ConversationRow, { userId: caller.userId, id });
    return result.affected === 1;
  }

  /** A page of the newest items. Null: there is no such conversation. Errors: `invalid_request` for `after`. */
  async page(caller: Caller, id: string, page: ItemPageQuery): Promise<ItemPage | null> {
    const entries = await this.entries(caller, id);
    const bytesMax = this.limits.pageBytesMax;
    return entries && readPage(this.query, caller, id, entries, { ...page, bytesMax });
  }

  /** An item by its id, a call of a server tool with its output. Null: the caller has no such item or conversation. */
  async item(caller: Caller, id: string, itemId: string): Promise<Item[] | null> {
    const entry = (await this.entries(caller, id))?.find(({ ids }) => ids.includes(itemId));
    return entry ? readEntries(this.query, caller, id, [entry]) : null;
  }

  /** Adds items at the end. An item whose id is taken there gets a new one. Null: the caller has no such conversation. */
  async addItems(caller: Caller, id: string, items: readonly Item[]): Promise<Item[] | null> {
    return this.dataSource.transaction(async (manager) => {
      const [open] = await queryIn(manager)(
        'select id from responses.conversations where user_id = $1 and id = $2 for key share',
        [caller.userId, id],
      );
      return open ? insertItems(manager, caller, id, items) : null;
    });
  }

  /** Removes an item, a call of a server tool with its output. False: the caller has no such item or conversation. */
  async deleteItem(caller: Caller, id: string, itemId: string): Promise<boolean> {
    const entry = (await this.entries(caller, id))?.find(({ ids }) => ids.includes(itemId));
    if (!entry) return false;
    await this.query(
      `delete from responses.conversation_items
        where user_id = $1 and conversation_id = $2 and position = any($3::bigint[])`,
      [caller.userId, id, entry.positions],
    );
    return true;
  }

  private entries(caller: Caller, id: string): Promise<ConversationEntry[] | null> {
    return conversationEntries(this.query, caller, id, this.limits.historyItemsMax);
  }
}

interface Row {
  id: string;
  metadata: JsonObject;
  created_at: Date;
}

const columns = 'id, metadata, created_at';

function fromRow({ id, metadata, created_at: createdAt }: Row): Conversation {
  return { id, metadata, createdAt: createdAt.getTime() };
}

async function insertItems(
  manager: EntityManager,
  caller: Caller,
  conversationId: string,
  items: readonly Item[],
): Promise<Item[]> {
  const taken = await queryIn(manager)<{ item_id: string }>(
    `select item_id from responses.conversation_items
      where user_id = $1 and conversation_id = $2 and item_id = any($3)`,
    [caller.userId, conversationId, items.map((item) => item.id)],
  );
  const takenIds = new Set(taken.map((row) => row.item_id));
  const named = items.map((item) => (takenIds.has(item.id) ? { ...item, id: newId('message') } : item));
  await queryIn(manager)(
    `insert into responses.conversation_items (user_id, conversation_id, item_id, item)
     select $1, $2, added.item ->> 'id', added.item
       from jsonb_array_elements($3::jsonb) with ordinality as added(item, place) order by added.place`,
    [caller.userId, conversationId, storableJson(named)],
  );
  return named;
}
