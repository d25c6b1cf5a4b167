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
  responsesQueued,
} from '@antiphon/contracts';
import type { CancelOutcome, DecodedCreate, DecodedDecisions } from '@antiphon/dialects';
import { decisionsIn } from '@antiphon/engine';
import {
  ActiveRuns,
  type DecidedRun,
  type Lease,
  loadHistory,
  ResponseRunner,
  ResponseStore,
  ServerAccessBox,
} from '@antiphon/runtime';
import { Egress, RpcBus, type TraceContext } from '@antiphon/service-kit';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { RESPONSES_CONFIG, type ResponsesConfig } from './config.ts';

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

/** The use cases of the Responses API, in neutral words. */
@Injectable()
export class ResponsesService implements BeforeApplicationShutdown {
  constructor(
    @Inject(ResponseStore) private readonly store: ResponseStore,
    @Inject(ResponseRunner) private readonly runner: ResponseRunner,
    @Inject(ActiveRuns) private readonly runs: ActiveRuns,
    @Inject(RpcBus) private readonly bus: RpcBus,
    @Inject(Egress) private readonly egress: Egress,
    @Inject(ServerAccessBox) private readonly access: ServerAccessBox,
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
    for (const { access } of request.requestServers) {
      if (access) this.egress.checkUrl(access.url, 'server_url');
    }
    const requestServers = request.requestServers.map((server) => this.access.seal(caller, server));
    const conversationId = await this.openConversation(caller, request.conversationId, options.conversation);
    const response = newResponse(caller, { ...request, requestServers, conversationId }, options.begun ?? []);
    const decides = await this.decidedBy(caller, response, options.memory);
    return request.background
      ? this.queue(caller, response, decides)
      : this.run(caller, response, { ...options, decides }, gone);
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

  /** `decides`: the paused response whose calls this one decides about. */
  private async *queue(
    caller: Caller,
    response: Response,
    decides: Response | null,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const queued: Response = { ...response, status: 'queued', queuedAt: response.createdAt };
    if (decides) await this.store.follow(caller, decides.id, queued);
    else await this.store.insert(queued);
    this.ring();
    yield [
      { type: 'response.created', response: queued },
      { type: 'response.queued', response: queued },
    ];
  }

  private async *run(
    caller: Caller,
    created: Response,
    { willStream, memory, trace, decides }: CreateOptions & { decides: Response | null },
    gone: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const response: Response = { ...created, startedAt: created.createdAt };
    const remembered = response.previousResponseId && memory?.recall(response.previousResponseId);
    const history = remembered || (await loadHistory(this.store, caller, response));
    let lease: Lease | null = null;
    if (decides) lease = await this.store.follow(caller, decides.id, response);
    // Who streams is told of the response before it ends, so it has its row before.
    else if (response.stored && willStream) lease = await this.store.insertRunning(response);
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

  /**
   * Looks at what a response follows, and at what it decides about the calls of that. Returns the paused response that is decided with
   * this one. A connection's memory knows its turns by their items alone, and nobody else decides about those.
   */
  private async decidedBy(
    caller: Caller,
    response: Response,
    memory: TurnMemory | undefined,
  ): Promise<Response | null> {
    const { previousResponseId } = response;
    const remembered = previousResponseId === null ? undefined : memory?.recall(previousResponseId);
    if (remembered) {
      decisionsIn(null, { ...response, input: [...remembered, ...response.input] });
      return null;
    }
    const followed = await this.followed(caller, response);
    return decisionsIn(followed, response).length > 0 ? followed : null;
  }

  /** The response that this one follows, if any: the one it names, or where it decides about calls, the last of its conversation. */
  private async followed(caller: Caller, response: Response): Promise<Response | null> {
    const { previousResponseId, conversationId, createdAt, input } = response;
    if (previousResponseId !== null) return this.findPrevious(caller, previousResponseId);
    if (conversationId === null || !input.some(({ type }) => type === 'approval_response')) return null;
    return (await this.store.conversation(caller, conversationId, createdAt)).at(-1) ?? null;
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

/** What a caller asks for, its secrets sealed. */
type SealedRequest = Omit<CreateResponse, 'requestServers'> & Pick<Response, 'requestServers'>;

function newResponse(caller: Caller, request: SealedRequest, output: Item[]): Response {
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
