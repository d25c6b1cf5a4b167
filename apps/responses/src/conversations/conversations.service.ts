import {
  AppError,
  type Caller,
  type Conversation,
  type InputItem,
  type Item,
  type JsonObject,
} from '@antiphon/contracts';
import { ConversationStore, type ItemPage, type ItemPageQuery } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import { InputResolver } from '../input/input-resolver.ts';

/** Creates, reads and changes conversations. A conversation of another user is `not_found`. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly store: ConversationStore,
    private readonly inputs: InputResolver,
  ) {}

  async create(
    caller: Caller,
    { metadata, items }: { metadata: JsonObject; items: readonly InputItem[] },
    gone: AbortSignal,
  ): Promise<Conversation> {
    return this.store.create(caller, { metadata, items: await this.inputs.resolve(caller, items, gone) });
  }

  async retrieve(caller: Caller, id: string): Promise<Conversation> {
    return (await this.store.find(caller, id)) ?? notFound(id);
  }

  async setMetadata(caller: Caller, id: string, metadata: JsonObject): Promise<Conversation> {
    return (await this.store.setMetadata(caller, id, metadata)) ?? notFound(id);
  }

  async delete(caller: Caller, id: string): Promise<void> {
    if (!(await this.store.delete(caller, id))) notFound(id);
  }

  /** A page of items. Throws `not_found`; `invalid_request` where the page starts after an item that does not exist. */
  async page(caller: Caller, id: string, page: ItemPageQuery): Promise<ItemPage> {
    return (await this.store.page(caller, id, page)) ?? notFound(id);
  }

  /** An item, with the items that the wire format shows inside it. */
  async item(caller: Caller, id: string, itemId: string): Promise<Item[]> {
    const items = await this.store.item(caller, id, itemId);
    if (items) return items;
    await this.retrieve(caller, id);
    return itemNotFound(itemId);
  }

  async addItems(
    caller: Caller,
    id: string,
    items: readonly InputItem[],
    gone: AbortSignal,
  ): Promise<Item[]> {
    const resolved = await this.inputs.resolve(caller, items, gone);
    return (await this.store.addItems(caller, id, resolved)) ?? notFound(id);
  }

  /** Deletes an item; with a server tool's call also its output. */
  async deleteItem(caller: Caller, id: string, itemId: string): Promise<Conversation> {
    const conversation = await this.retrieve(caller, id);
    if (!(await this.store.deleteItem(caller, id, itemId))) itemNotFound(itemId);
    return conversation;
  }
}

export function itemNotFound(id: string): never {
  throw new AppError('not_found', `There is no item ${id} in this conversation.`);
}

function notFound(id: string): never {
  throw new AppError('not_found', `There is no conversation ${id}.`);
}
