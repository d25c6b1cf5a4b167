import {
  AppError,
  type Caller,
  type CreateResponse,
  type Decision,
  isFinal,
  isId,
  isLifecycleEvent,
  type Item,
  newId,
  noUsage,
  type Response,
  type ResponseEvent,
  type ResponseFilter,
  responsesQueued,
} from '@antiphon/contracts';
import type { CancelOutcome, DecodedCreate, DecodedDecisions } from '@antiphon/dialects';
import { ActiveRuns, type DecidedRun, loadHistory, ResponseRunner, ResponseStore } from '@antiphon/runtime';
import { Egress, RpcBus, type TraceContext } from '@antiphon/service-kit';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { checkOutputs } from './check-outputs.ts';
import { RESPONSES_CONFIG, type ResponsesConfig } from './config.ts';
import { InputResolver } from './input-resolver.ts';

/** The events of one create, in bursts; the last one's response is the answer. */
export type Events = AsyncIterable<readonly ResponseEvent[]>;

/** Where a connection keeps what no store does: the context that its turns leave behind. */
export interface TurnMemory {
  /** The whole context after a response; undefined where this memory does not have it. */
  recall(responseId: string): readonly Item[] | undefined;
  /** Takes note of how a response ended, and of what it went on from. */
  note(ended: Response, history: readonly Item[]): void;
}

export interface CreateOptions {
  willStream: boolean;
  /** As a dialect decodes it. */
  conversation?: DecodedCreate['conversation'] | undefined;
  /** What the output begins with. */
  begun?: Item[] | undefined;
  /** Asked before the store for what the response goes on from. */
  memory?: TurnMemory;
  /** What asked for it; without one its run begins a trace. */
  trace?: TraceContext;
}

/** A response that has not begun, and what it goes on from. */
interface Prepared {
  response: Response;
  history: readonly Item[];
}

/** The use cases of the Responses API, in neutral words. */
@Injectable()
export class ResponsesService implements BeforeApplicationShutdown {
  constructor(
    @Inject(ResponseStore) private readonly store: ResponseStore,
    @Inject(ResponseRunner) private readonly runner: ResponseRunner,
    @Inject(ActiveRuns) private readonly runs: ActiveRuns,
    @Inject(RpcBus) private readonly bus: RpcBus,
    @Inject(Egress) private readonly egress: Egress,
    @Inject(InputResolver) private readonly inputs: InputResolver,
    @Inject(RESPONSES_CONFIG) private readonly config: ResponsesConfig,
  ) {}

  /**
   * Creates a response. In the background it is stored and queued, and that is all its events; otherwise it runs as its events are taken,
   * and ends when `gone` says that nobody waits for it. Errors: `invalid_request`, `not_found` for what it refers to, `conflict` where
   * that is still running.
   */
  async create(
    caller: Caller,
    request: CreateResponse,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    if (request.webhookUrl !== null) this.egress.checkUrl(request.webhookUrl, 'webhook_url');
    const prepared = await this.prepare(caller, request, options);
    return request.background ? this.queue(prepared.response) : this.run(caller, prepared, options, gone);
  }

  /** A response as it would begin, with what it goes on from. Errors: those of `create` about the request. */
  async prepare(
    caller: Caller,
    request: CreateResponse,
    { memory, conversation, begun = [] }: Pick<CreateOptions, 'memory' | 'conversation' | 'begun'> = {},
  ): Promise<Prepared> {
    const { previousResponseId: previousId } = request;
    const remembered = previousId === null ? undefined : memory?.recall(previousId);
    if (previousId !== null && !remembered) await this.checkPrevious(caller, previousId);
    const conversationId = await this.openConversation(caller, request.conversationId, conversation);
    const input = await this.inputs.resolve(caller, request.input);
    const response = newResponse(caller, { ...request, input, conversationId }, begun);
    const history = remembered ?? (await loadHistory(this.store, caller, response));
    if (response.onPause === 'hand_back') checkOutputs(history, input);
    return { response, history };
  }

  /** A page of the caller's responses. */
  async list(caller: Caller, filter: ResponseFilter): Promise<{ responses: Response[]; hasMore: boolean }> {
    const page = await this.store.list(caller, filter);
    if (page) return page;
    throw new AppError('invalid_request', 'after names none of your responses', { param: 'after' });
  }

  async retrieve(caller: Caller, id: string): Promise<Response> {
    return (await this.store.find(caller, id)) ?? notFound(id);
  }

  /** Cancels what is not final yet; what is stays as it is. Runs stop wherever they are. */
  async cancel(caller: Caller, id: string): Promise<CancelOutcome> {
    const outcome = (await this.store.cancel(caller, id)) ?? notFound(id);
    if (outcome.wasCancelled) this.runs.announceCancel(id);
    return outcome;
  }

  /**
   * Decides about pending calls of a paused response. What comes of it are its events, as of a create: the run goes on as they are taken,
   * or is queued where it runs in the background, or waits for further decisions. Errors: `not_found`, `invalid_request` for what does
   * not wait for these decisions.
   */
  async decide(
    caller: Caller,
    id: string,
    decisions: readonly Decision[],
    gone: AbortSignal,
  ): Promise<Events> {
    const decided = (await this.store.decide(caller, id, decisions, 'here')) ?? notFound(id);
    return this.goOn(caller, decided, gone);
  }

  /** The same where the response is known by its conversation. Errors besides: `invalid_request` where nothing there waits. */
  async decidePaused(
    caller: Caller,
    { conversationId, responseId }: DecodedDecisions['of'],
    decisions: readonly Decision[],
    gone: AbortSignal,
  ): Promise<Events> {
    if (conversationId === null) return this.decide(caller, responseId ?? '', decisions, gone);
    await this.checkConversation(caller, conversationId);
    const id = await this.store.pausedIn(caller, conversationId, responseId);
    if (id === null)
      throw new AppError(
        'invalid_request',
        `Nothing in the conversation ${conversationId} waits for a decision.`,
      );
    return this.decide(caller, id, decisions, gone);
  }

  /** Removes a response with all that hangs on it; a run of it is cancelled first. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.cancel(caller, id);
    if (!(await this.store.delete(caller, id))) notFound(id);
  }

  /** The whole context that the model saw: instructions, earlier turns, this request's input. */
  async inputItems(caller: Caller, id: string): Promise<Item[]> {
    const response = await this.retrieve(caller, id);
    const history = await loadHistory(this.store, caller, response);
    return [...instructionItems(response), ...history, ...response.input];
  }

  /** Lets foreground runs come to their end within the grace; those that do not are told that the server stops. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.runs.settled(this.config.service.shutdownGraceMs);
    this.runs.abortAll(new AppError('interrupted', 'The server is stopping. Create the response again.'));
  }

  private async *queue(response: Response): AsyncGenerator<readonly ResponseEvent[]> {
    const queued: Response = { ...response, status: 'queued', queuedAt: response.createdAt };
    await this.store.insert(queued);
    this.ring();
    yield [
      { type: 'response.created', response: queued },
      { type: 'response.queued', response: queued },
    ];
  }

  private async *run(
    caller: Caller,
    prepared: Prepared,
    { willStream, memory, trace }: CreateOptions,
    gone: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const { createdAt: startedAt, conversationId, previousResponseId } = prepared.response;
    const response: Response = { ...prepared.response, startedAt };
    // Who streams is told of the response before it ends, so it has its row before. In a conversation the row keeps out other runs.
    const hasRow = response.stored && (willStream || conversationId !== null);
    const lease = hasRow ? await this.store.insertRunning(response) : null;
    // What was added to the conversation until it was ours alone belongs to it.
    const isGrown = conversationId !== null && previousResponseId === null;
    const history = isGrown ? await loadHistory(this.store, caller, response) : prepared.history;
    yield [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ];
    const timeoutMs = this.config.runtime.foregroundTimeoutMs;
    const start = { response, history, lease, timeoutMs, mayMove: false, ...(trace && { trace }) };
    for await (const burst of this.runner.run(caller, start, gone)) {
      const last = burst.at(-1);
      if (last && isLifecycleEvent(last)) memory?.note(last.response, history);
      yield burst;
    }
  }

  private async *goOn(
    caller: Caller,
    { response, events, lease }: DecidedRun,
    gone: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    if (response.status === 'queued') this.ring();
    if (!lease) {
      yield [...events, { type: `response.${response.status}`, response }];
      return;
    }
    const history = await loadHistory(this.store, caller, response);
    yield [{ type: 'response.in_progress', response }, ...events];
    const timeoutMs = this.config.runtime.foregroundTimeoutMs;
    yield* this.runner.run(caller, { response, history, lease, timeoutMs, mayMove: false }, gone);
  }

  private ring(): void {
    if (this.bus.isConnected) this.bus.tell(responsesQueued, {});
  }

  private async checkPrevious(caller: Caller, id: string): Promise<void> {
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
  }

  /** The conversation of a new response, which is there then. */
  private async openConversation(
    caller: Caller,
    id: string | null,
    use: CreateOptions['conversation'],
  ): Promise<string | null> {
    if (use === 'new') {
      const made = newId('conversation');
      await this.store.startConversation(caller, made);
      return made;
    }
    if (id === null) return null;
    // Ids of ours must exist; any other name is the caller's own, and its first use starts the conversation.
    if (use === 'existing' || isId('conversation', id)) await this.checkConversation(caller, id);
    else await this.store.startConversation(caller, id);
    return id;
  }

  private async checkConversation(caller: Caller, id: string): Promise<void> {
    if (await this.store.hasConversation(caller, id)) return;
    throw new AppError('not_found', `There is no conversation ${id}.`, { param: 'conversationId' });
  }
}

function newResponse(caller: Caller, request: CreateResponse & { input: Item[] }, output: Item[]): Response {
  const createdAt = Date.now();
  return {
    ...request,
    id: newId('response', createdAt),
    userId: caller.userId,
    tenantId: caller.tenantId,
    modelUsed: null,
    status: 'in_progress',
    output,
    usage: noUsage,
    error: null,
    incompleteReason: null,
    isFromCache: false,
    createdAt,
    queuedAt: null,
    startedAt: null,
    completedAt: null,
    cancelledAt: null,
  };
}

function instructionItems(response: Response): Item[] {
  if (response.instructions === null) return [];
  return [
    {
      type: 'message',
      id: `msg_${response.id}`,
      role: 'system',
      content: [{ type: 'text', text: response.instructions }],
      status: 'completed',
    },
  ];
}

function notFound(id: string): never {
  throw new AppError('not_found', `There is no response ${id}.`);
}
