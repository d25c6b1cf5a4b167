import {
  AppError,
  type Caller,
  type Decision,
  type DecisionRecord,
  type Response,
} from '@antiphon/contracts';
import type { DecodedDecisions } from '@antiphon/dialects';
import { type DecidedRun, DecisionStore, ResponseStore, RunEvents } from '@antiphon/runtime';
import { BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { announceQueued } from '../create/announce-queued.ts';
import { ConversationAccess } from '../create/conversation-access.ts';
import type { CreateOptions } from '../create/create-options.ts';
import { ForegroundRuns } from '../create/foreground-runs.ts';
import { type Events, inOneBurst, type TakeBack } from '../create/response-events.ts';
import { noSuchResponse } from './no-such-response.ts';

/** Decides about the pending tool calls of paused responses. A response of another user is `not_found`. */
@Injectable()
export class DecisionsService {
  constructor(
    private readonly store: ResponseStore,
    private readonly decisions: DecisionStore,
    private readonly runEvents: RunEvents,
    private readonly foreground: ForegroundRuns,
    private readonly conversations: ConversationAccess,
    private readonly bus: BusClient,
  ) {}

  /** The decisions about a response's tool calls, oldest first. */
  async list(caller: Caller, id: string): Promise<DecisionRecord[]> {
    if (!(await this.store.find(caller, id))) noSuchResponse(id);
    return this.decisions.list(caller, id);
  }

  /**
   * Decides about tool calls of a response that is named by its id or by its conversation, and returns the events that follow: a foreground
   * run continues as they are pulled, a background run is queued, and a response with undecided calls stays paused. A stream of a run that stays open
   * follows it from the decisions on. Errors: `not_found`,
   * `forbidden`, `invalid_request` for a response that does not wait for these decisions.
   */
  async decide(
    caller: Caller,
    { of: { conversationId, responseId }, decisions, conversation, reply }: DecodedDecisions,
    gone: AbortSignal,
    takeBack: TakeBack,
  ): Promise<Events> {
    let id = responseId ?? '';
    if (conversationId !== null) {
      await this.conversations.assertOpen(caller, conversationId, conversation);
      id =
        (await this.decisions.pausedIn(caller, conversationId, responseId)) ?? nothingPaused(conversationId);
    }
    const decided = (await this.decisions.decide(caller, id, decisions, 'here')) ?? noSuchResponse(id);
    return this.goOn(caller, decided, { willStream: reply !== 'json', takeBack }, gone);
  }

  /**
   * Decides without returning the events. The run continues in the stream that holds it open, else it is queued. `decidedBy`: the user that decides,
   * where it is not the owner. Returns the response after the decisions. Errors: `not_found`, `invalid_request`.
   */
  async decideAside(
    owner: Pick<Caller, 'userId'>,
    id: string,
    decisions: readonly Decision[],
    decidedBy?: string,
  ): Promise<Response> {
    const { response } =
      (await this.decisions.decide(owner, id, decisions, 'queued', decidedBy)) ?? noSuchResponse(id);
    this.runEvents.announce(id);
    if (response.status === 'queued') announceQueued(this.bus);
    return response;
  }

  private goOn(
    caller: Caller,
    decided: DecidedRun,
    options: Pick<CreateOptions, 'willStream' | 'takeBack'>,
    gone: AbortSignal,
  ): Events {
    const { response, events, lease, loggedFrom } = decided;
    if (lease) return this.foreground.resume({ ...decided, lease }, options, gone);
    this.runEvents.announce(response.id);
    if (response.status === 'queued') announceQueued(this.bus);
    if (options.willStream && response.onPause === 'stay' && loggedFrom !== null)
      return Object.assign(this.runEvents.follow(caller, response.id, gone), { pastCount: loggedFrom });
    return inOneBurst([...events, { type: `response.${response.status}`, response }]);
  }
}

function nothingPaused(conversationId: string): never {
  throw new AppError(
    'invalid_request',
    `Nothing in the conversation ${conversationId} waits for a decision.`,
  );
}
