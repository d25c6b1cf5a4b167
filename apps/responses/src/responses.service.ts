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
import { textCheck } from '@antiphon/engine';
import { ActiveRuns, type DecidedRun, loadHistory, ResponseRunner, ResponseStore } from '@antiphon/runtime';
import { Egress, RpcBus } from '@antiphon/service-kit';
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

interface CreateOptions {
  willStream: boolean;
  /** Asked before the store for what the response goes on from. */
  memory?: TurnMemory;
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
    @Inject(RESPONSES_CONFIG) private readonly config: ResponsesConfig,
  ) {}

  /**
   * Creates a response. In the background it is stored and queued, and that is all its events; otherwise it runs as its events are taken,
   * and ends when `gone` says that nobody waits for it. Errors: `invalid_request`, also for a schema that cannot be used, `not_found` for
   * what it refers to, `conflict` where that is still running.
   */
  async create(
    caller: Caller,
    request: CreateResponse,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    if (request.webhookUrl !== null) this.egress.checkUrl(request.webhookUrl, 'webhook_url');
    textCheck(request);
    const response = newResponse(caller, request);
    const { previousResponseId: previousId } = request;
    const isRemembered = previousId !== null && options.memory?.recall(previousId) !== undefined;
    if (previousId !== null && !isRemembered) await this.checkPrevious(caller, previousId);
    if (request.conversationId !== null) await this.openConversation(caller, request.conversationId);
    return request.background ? this.queue(response) : this.run(caller, response, options, gone);
  }

  async retrieve(caller: Caller, id: string): Promise<Response> {
    return (await this.store.find(caller, id)) ?? notFound(id);
  }

  /** Cancels what is not final yet; what is stays as it is. Runs stop wherever they are. */
  async cancel(caller: Caller, id: string): Promise<Response> {
    const outcome = (await this.store.cancel(caller, id)) ?? notFound(id);
    if (outcome.wasCancelled) this.runs.announceCancel(id);
    return outcome.response;
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
    created: Response,
    { willStream, memory }: CreateOptions,
    gone: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const response: Response = { ...created, startedAt: created.createdAt };
    const remembered = response.previousResponseId && memory?.recall(response.previousResponseId);
    const history = remembered || (await loadHistory(this.store, caller, response));
    // Who streams is told of the response before it ends, so it has its row before.
    const lease = response.stored && willStream ? await this.store.insertRunning(response) : null;
    yield [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ];
    const timeoutMs = this.config.runtime.foregroundTimeoutMs;
    const start = { response, history, lease, timeoutMs, mayMove: false };
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

  /** Ids of ours must exist; any other name is the caller's own, and its first use starts the conversation. */
  private async openConversation(caller: Caller, id: string): Promise<void> {
    if (!isId('conversation', id)) return this.store.startConversation(caller, id);
    if (!(await this.store.hasConversation(caller, id))) {
      throw new AppError('not_found', `There is no conversation ${id}.`, { param: 'conversationId' });
    }
  }
}

function newResponse(caller: Caller, request: CreateResponse): Response {
  const createdAt = Date.now();
  return {
    ...request,
    id: newId('response', createdAt),
    userId: caller.userId,
    tenantId: caller.tenantId,
    modelUsed: null,
    status: 'in_progress',
    output: [],
    usage: noUsage,
    error: null,
    incompleteReason: null,
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
