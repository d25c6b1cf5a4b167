import { AppError, type Caller, type CreateResponse, newId } from '@antiphon/contracts';
import { ConversationStore, DecisionStore, ResponseStore } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import type { CreateOptions } from './create-options.ts';

type ConversationUse = CreateOptions['conversation'];

/** Finds or starts the conversation that a request names. */
@Injectable()
export class ConversationAccess {
  constructor(
    private readonly conversations: ConversationStore,
    private readonly decisions: DecisionStore,
    private readonly store: ResponseStore,
  ) {}

  /**
   * The conversation of a new response; it exists afterwards. Null where the response has none. Errors: those of `assertOpen`.
   */
  async open(
    caller: Caller,
    { conversationId, previousResponseId }: Pick<CreateResponse, 'conversationId' | 'previousResponseId'>,
    use: ConversationUse,
  ): Promise<string | null> {
    if (use === 'inherited') {
      if (previousResponseId === null) return conversationId;
      return (await this.store.find(caller, previousResponseId))?.conversationId ?? null;
    }
    if (use === 'new') {
      const made = newId('conversation');
      await this.conversations.open(caller, made);
      return made;
    }
    if (conversationId === null) return null;
    if (use === 'named') await this.conversations.open(caller, conversationId);
    else await this.assertOpen(caller, conversationId, use);
    return conversationId;
  }

  /**
   * Throws `not_found` for a conversation that the caller does not have; `forbidden` for one of another user, where the dialect's
   * conversation ids are made by the server (`existing`).
   */
  async assertOpen(caller: Caller, id: string, use: ConversationUse): Promise<void> {
    if (await this.conversations.exists(caller, id)) return;
    if (use === 'existing' && (await this.conversations.existsForAnyUser(id)))
      throw new AppError('forbidden', `The conversation ${id} is not yours.`, { param: 'conversationId' });
    throw new AppError('not_found', `There is no conversation ${id}.`, { param: 'conversationId' });
  }

  /** Throws `conflict` while tool calls wait for decisions: those of `previousId` where the request names it, else any of the conversation. */
  async assertNothingPending(
    caller: Caller,
    conversationId: string,
    previousId: string | null,
  ): Promise<void> {
    const pausedId = await this.decisions.pausedIn(caller, conversationId, previousId);
    if (pausedId !== null)
      throw new AppError(
        'conflict',
        `The response ${pausedId} waits for decisions about its tool calls: make them first.`,
      );
  }
}
