import type { Caller } from '@antiphon/contracts';
import { type ItemsQuery, openaiConversations as wire } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { ConversationsService, itemNotFound } from './conversations.service.ts';
import { StorageGuard } from './storage.guard.ts';

@Controller('v1/conversations')
@UseGuards(CallerGuard, StorageGuard)
export class ConversationsController {
  constructor(@Inject(ConversationsService) private readonly conversations: ConversationsService) {}

  @Post()
  @HttpCode(200)
  async create(@CurrentCaller() caller: Caller, @Body() body: unknown) {
    return wire.encode(await this.conversations.create(caller, wire.decodeCreate(body)));
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
  async addItems(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown) {
    return wire.encodeAdded(await this.conversations.addItems(caller, id, wire.decodeItems(body)));
  }

  @Get(':id/items')
  async items(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: ItemsQuery) {
    return wire.encodeItemPage(await this.conversations.items(caller, id), query);
  }

  @Get(':id/items/:itemId')
  async item(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('itemId') itemId: string,
  ): Promise<Record<string, unknown>> {
    return wire.encodeItem(await this.conversations.items(caller, id), itemId) ?? itemNotFound(itemId);
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
