import { AppError, type Caller, type InputOf } from '@antiphon/contracts';
import { agentRoutes as routes, encodeConversation, encodeConversationList } from '@antiphon/dialects';
import { ConversationTurnsStore } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { ResponsesService } from '../../responses/responses.service.ts';

type OfConversation = InputOf<typeof routes.retrieveConversation>;

/** Conversations of the agent dialect, with their responses. */
@Controller()
@UseGuards(CallerGuard)
export class ConversationTurnsController {
  constructor(
    private readonly conversations: ConversationTurnsStore,
    private readonly responses: ResponsesService,
  ) {}

  @Serves(routes.listConversations)
  async list({ query }: InputOf<typeof routes.listConversations>, @CurrentCaller() caller: Caller) {
    const found = (await this.conversations.list(caller, query)) ?? notFound(query.after ?? '');
    return encodeConversationList(found.conversations, found);
  }

  @Serves(routes.retrieveConversation)
  async retrieve({ params: { id } }: OfConversation, @CurrentCaller() caller: Caller) {
    return encodeConversation((await this.conversations.read(caller, id)) ?? notFound(id));
  }

  /** Cancels the running responses of the conversation first, so that no run outlives it. */
  @Serves(routes.deleteConversation)
  async delete({ params: { id } }: OfConversation, @CurrentCaller() caller: Caller): Promise<void> {
    for (const responseId of await this.conversations.unfinished(caller, id))
      await this.responses.cancel(caller, responseId);
    if (!(await this.conversations.delete(caller, id))) notFound(id);
  }
}

function notFound(id: string): never {
  throw new AppError('not_found', `There is no conversation ${id}.`);
}
