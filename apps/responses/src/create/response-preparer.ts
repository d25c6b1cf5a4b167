import {
  AppError,
  type Caller,
  type CreateResponse,
  isFinal,
  type Item,
  newId,
  noUsage,
  type Response,
  rightsOf,
} from '@antiphon/contracts';
import { decisionsIn } from '@antiphon/engine';
import { DecisionStore, HistoryStore, ResponseStore, ServerAccessBox } from '@antiphon/runtime';
import { Egress } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { UNSUPPORTED_TOOLS } from '../config.ts';
import { InputResolver } from '../input/input-resolver.ts';
import { type UnsupportedTools, warningsAbout } from '../input/unsupported-tools.ts';
import { checkOutputs } from './check-outputs.ts';
import { ConversationAccess } from './conversation-access.ts';
import type { CreateOptions } from './create-options.ts';

/** The options that determine a response before it starts. */
export type PrepareOptions = Pick<CreateOptions, 'memory' | 'conversation' | 'refusesWhilePaused' | 'begun'>;

/** A response that has not started, and the history that it follows. */
export interface Prepared {
  response: Response;
  history: readonly Item[];
  /** The version of the conversation that the history was read under; null where there is none. */
  historyVersion: string | null;
  /** The id of the paused response whose tool calls its input decides about. */
  decides: string | null;
}

/** Makes a response of a request: opens its conversation, resolves its input and reads its history. */
@Injectable()
export class ResponsePreparer {
  constructor(
    private readonly store: ResponseStore,
    private readonly decisions: DecisionStore,
    private readonly history: HistoryStore,
    private readonly conversations: ConversationAccess,
    private readonly inputs: InputResolver,
    private readonly access: ServerAccessBox,
    private readonly egress: Egress,
    @Inject(UNSUPPORTED_TOOLS) private readonly unsupported: UnsupportedTools,
  ) {}

  /**
   * The response as it would start. Stores nothing but a new conversation. Errors: `not_found` for an unknown reference, `conflict`
   * where the previous response still runs or waits, `forbidden`, `invalid_request`, `context_too_long`.
   */
  async prepare(
    caller: Caller,
    { unsupportedTools = [], ...request }: CreateResponse,
    { memory, conversation, refusesWhilePaused, begun = [] }: PrepareOptions,
    gone: AbortSignal,
  ): Promise<Prepared> {
    const { previousResponseId: previousId } = request;
    const warnings = warningsAbout(unsupportedTools, this.unsupported);
    for (const { access, urlField } of request.requestServers) {
      if (access) this.egress.checkUrl(access.url, urlField, 'mcp');
    }
    const requestServers = request.requestServers.map((server) => this.access.seal(caller, server));
    const remembered = (previousId !== null && memory?.recall(previousId)) || null;
    const conversationId = await this.conversations.open(caller, request, conversation);
    if (refusesWhilePaused && conversationId !== null)
      await this.conversations.assertNothingPending(caller, conversationId, previousId);
    const input = await this.inputs.resolve(caller, request.input, gone);
    const response = newResponse(
      caller,
      { ...request, input, requestServers, conversationId, ...(warnings.length > 0 && { warnings }) },
      begun,
    );
    const decides = await this.decidedBy(caller, response, remembered);
    const { items: history, version: historyVersion } = remembered
      ? { items: remembered, version: null }
      : await this.history.readMeasured(caller, response);
    if (response.onPause === 'hand_back') checkOutputs(history, input);
    return { response, history, historyVersion, decides };
  }

  /**
   * Checks the response that this one follows and the decisions about its tool calls. Returns the id of the paused response that this one
   * decides. A turn in the memory of a connection has items and no row, so no other request can decide about it.
   */
  private async decidedBy(
    caller: Caller,
    response: Response,
    remembered: readonly Item[] | null,
  ): Promise<string | null> {
    if (remembered) {
      decisionsIn(null, { ...response, input: [...remembered, ...response.input] });
      return null;
    }
    const followed = await this.findFollowed(caller, response);
    const decisions = decisionsIn(followed, response);
    return followed && decisions.length > 0 ? followed.id : null;
  }

  /** The response that is named as the previous one; for decisions without one, the paused response of the conversation. */
  private async findFollowed(caller: Caller, response: Response): Promise<Response | null> {
    const { previousResponseId, conversationId, input } = response;
    if (previousResponseId !== null) return this.findPrevious(caller, previousResponseId);
    if (conversationId === null || !input.some(({ type }) => type === 'approval_response')) return null;
    const paused = await this.decisions.pausedIn(caller, conversationId, null);
    return paused === null ? null : this.store.find(caller, paused);
  }

  private async findPrevious(caller: Caller, id: string): Promise<Response> {
    const previous = await this.store.find(caller, id);
    const param = 'previousResponseId';
    if (!previous)
      throw new AppError('not_found', `There is no response ${id}: it is unknown or was deleted.`, { param });
    if (previous.status === 'failed' || previous.status === 'cancelled') {
      throw new AppError('invalid_request', `The response ${id} ${previous.status}: nothing can follow it.`, {
        param,
      });
    }
    if (!isFinal(previous.status) && previous.status !== 'requires_action') {
      throw new AppError('conflict', `The response ${id} is still running: wait for its end.`, { param });
    }
    return previous;
  }
}

/** A request with its secrets sealed and its references resolved. */
type ResolvedRequest = Omit<CreateResponse, 'requestServers' | 'input' | 'unsupportedTools'> &
  Pick<Response, 'requestServers' | 'input' | 'warnings'>;

function newResponse(caller: Caller, request: ResolvedRequest, output: Item[]): Response {
  const createdAt = Date.now();
  return {
    ...request,
    id: newId('response', createdAt),
    userId: caller.userId,
    tenantId: caller.tenantId,
    rights: rightsOf(caller),
    modelUsed: null,
    serviceTierUsed: null,
    status: request.background ? 'queued' : 'in_progress',
    output,
    usage: noUsage,
    error: null,
    incompleteReason: null,
    isFromCache: false,
    createdAt,
    queuedAt: request.background ? createdAt : null,
    startedAt: request.background ? null : createdAt,
    completedAt: null,
    cancelledAt: null,
  };
}
