import {
  AppError,
  type Caller,
  type Conversation,
  type InputItem,
  type Item,
  type JsonObject,
} from '@antiphon/contracts';
import { ConversationStore } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { InputResolver } from './input-resolver.ts';

/** The use cases of conversations. What is not the caller's is `not_found`. */
@Injectable()
export class ConversationsService {
  constructor(
    @Inject(ConversationStore) private readonly store: ConversationStore,
    @Inject(InputResolver) private readonly inputs: InputResolver,
  ) {}

  async create(
    caller: Caller,
    { metadata, items }: { metadata: JsonObject; items: readonly InputItem[] },
  ): Promise<Conversation> {
    return this.store.create(caller, { metadata, items: await this.inputs.resolve(caller, items) });
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

  async items(caller: Caller, id: string): Promise<Item[]> {
    return (await this.store.items(caller, id)) ?? notFound(id);
  }

  async addItems(caller: Caller, id: string, items: readonly InputItem[]): Promise<Item[]> {
    const resolved = await this.inputs.resolve(caller, items);
    return (await this.store.addItems(caller, id, resolved)) ?? notFound(id);
  }

  /** A call of one of our tools goes with its output. */
  async deleteItem(caller: Caller, id: string, itemId: string): Promise<Conversation> {
    const items = await this.items(caller, id);
    const place = items.findIndex((item) => item.id === itemId);
    const item = items[place] ?? itemNotFound(itemId);
    const output =
      item.type === 'function_call' && item.executor === 'server'
        ? items.slice(place).find((other) => isOutputOf(other, item.callId))
        : undefined;
    await this.store.deleteItems(caller, id, [itemId, ...(output ? [output.id] : [])]);
    return this.retrieve(caller, id);
  }
}

export function itemNotFound(id: string): never {
  throw new AppError('not_found', `There is no item ${id} in this conversation.`);
}

function isOutputOf(item: Item, callId: string): boolean {
  return item.type === 'function_call_output' && item.callId === callId;
}

function notFound(id: string): never {
  throw new AppError('not_found', `There is no conversation ${id}.`);
}
