import type { Caller } from '@antiphon/contracts';
import { type ItemsQuery, openaiConversations as wire } from '@antiphon/dialects';
import { CallerGuard, clientGone, CurrentCaller } from '@antiphon/service-kit';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ConversationsService, itemNotFound } from './conversations.service.ts';
import { StorageGuard } from '../quotas/storage.guard.ts';

@Controller('v1/conversations')
@UseGuards(CallerGuard, StorageGuard)
export class ConversationsController {
  constructor(private readonly conversations: ConversationsService) {}

  @Post()
  @HttpCode(200)
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const gone = clientGone(reply.raw);
    return wire.encode(await this.conversations.create(caller, wire.decodeCreate(body), gone));
  }

  @Get(':id')
  async retrieve(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return wire.encode(await this.conversations.retrieve(caller, id));
  }

  @Post(':id')
  @HttpCode(200)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown) {
    return wire.encode(await this.conversations.setMetadata(caller, id, wire.decodeUpdate(body)));
  }

  @Delete(':id')
  async delete(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    await this.conversations.delete(caller, id);
    return wire.encodeDeleted(id);
  }

  @Post(':id/items')
  @HttpCode(200)
  async addItems(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const gone = clientGone(reply.raw);
    return wire.encodeAdded(await this.conversations.addItems(caller, id, wire.decodeItems(body), gone));
  }

  @Get(':id/items')
  async items(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: ItemsQuery) {
    const page = wire.decodeItemsQuery(query);
    return wire.encodeItemPage(await this.conversations.page(caller, id, page), page);
  }

  @Get(':id/items/:itemId')
  async item(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('itemId') itemId: string,
  ): Promise<Record<string, unknown>> {
    return wire.encodeItem(await this.conversations.item(caller, id, itemId), itemId) ?? itemNotFound(itemId);
  }

  @Delete(':id/items/:itemId')
  async deleteItem(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('itemId') itemId: string,
  ) {
    return wire.encode(await this.conversations.deleteItem(caller, id, itemId));
  }
}
