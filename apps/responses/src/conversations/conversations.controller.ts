import type { Caller, InputOf } from '@antiphon/contracts';
import { openaiConversations as wire, openaiRoutes } from '@antiphon/dialects';
import { CallerGuard, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ConversationsService, itemNotFound } from './conversations.service.ts';
import { StorageGuard } from '../quotas/storage.guard.ts';

const routes = openaiRoutes.conversations;

type OfConversation = InputOf<typeof routes.retrieve>;
type OfItem = InputOf<typeof routes.retrieveItem>;

/** Conversations in the form of the stock clients. */
@Controller()
@UseGuards(CallerGuard, StorageGuard)
export class ConversationsController {
  constructor(private readonly conversations: ConversationsService) {}

  @Serves(routes.create)
  async create(
    { body }: InputOf<typeof routes.create>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return wire.encode(await this.conversations.create(caller, body, clientGone(reply.raw)));
  }

  @Serves(routes.retrieve)
  async retrieve({ params: { id } }: OfConversation, @CurrentCaller() caller: Caller) {
    return wire.encode(await this.conversations.retrieve(caller, id));
  }

  @Serves(routes.change)
  async update({ params: { id }, body }: InputOf<typeof routes.change>, @CurrentCaller() caller: Caller) {
    return wire.encode(await this.conversations.setMetadata(caller, id, body));
  }

  @Serves(routes.remove)
  async delete({ params: { id } }: OfConversation, @CurrentCaller() caller: Caller) {
    await this.conversations.delete(caller, id);
    return wire.encodeDeleted(id);
  }

  @Serves(routes.addItems)
  async addItems(
    { params: { id }, body }: InputOf<typeof routes.addItems>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return wire.encodeAdded(await this.conversations.addItems(caller, id, body, clientGone(reply.raw)));
  }

  @Serves(routes.listItems)
  async items({ params: { id }, query }: InputOf<typeof routes.listItems>, @CurrentCaller() caller: Caller) {
    return wire.encodeItemPage(await this.conversations.page(caller, id, query), query);
  }

  @Serves(routes.retrieveItem)
  async item({ params: { id, itemId } }: OfItem, @CurrentCaller() caller: Caller) {
    return wire.encodeItem(await this.conversations.item(caller, id, itemId), itemId) ?? itemNotFound(itemId);
  }

  @Serves(routes.removeItem)
  async deleteItem({ params: { id, itemId } }: OfItem, @CurrentCaller() caller: Caller) {
    return wire.encode(await this.conversations.deleteItem(caller, id, itemId));
  }
}
