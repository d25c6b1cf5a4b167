import { AppError, type Caller } from '@antiphon/contracts';
import { decodeConversationsQuery, encodeConversation, encodeConversationList } from '@antiphon/dialects';
import { ConversationTurnsStore } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import { Controller, Delete, Get, HttpCode, Param, Query, UseGuards } from '@nestjs/common';
import { ResponsesService } from '../../responses/responses.service.ts';

/** Conversations in the words of the agent dialect, with the responses that were made in them. */
@Controller('api/v1/conversations')
@UseGuards(CallerGuard)
export class ConversationTurnsController {
  constructor(
    private readonly conversations: ConversationTurnsStore,
    private readonly responses: ResponsesService,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: unknown) {
    const page = decodeConversationsQuery(query);
    const found = (await this.conversations.list(caller, page)) ?? notFound(page.after ?? '');
    return encodeConversationList(found.conversations, found);
  }

  @Get(':id')
  async retrieve(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return encodeConversation((await this.conversations.read(caller, id)) ?? notFound(id));
  }

  /** Cancels the running responses of the conversation first, so that no run outlives it. */
  @Delete(':id')
  @HttpCode(204)
  async delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    for (const responseId of await this.conversations.unfinished(caller, id))
      await this.responses.cancel(caller, responseId);
    if (!(await this.conversations.delete(caller, id))) notFound(id);
  }
}

function notFound(id: string): never {
  throw new AppError('not_found', `There is no conversation ${id}.`);
}
