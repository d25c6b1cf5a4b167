import {
  AppError,
  type Caller,
  type CreateResponse,
  type Decision,
  isFinal,
  isId,
  type Item,
  newId,
  noUsage,
  type Response,
  type ResponseEvent,
  type ResponseFilter,
  responsesQueued,
} from '@antiphon/contracts';
import { ActiveRuns, type DecidedRun, loadHistory, ResponseRunner, ResponseStore } from '@antiphon/runtime';
import { Egress, RpcBus } from '@antiphon/service-kit';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { checkOutputs } from './check-outputs.ts';
import { RESPONSES_CONFIG, type ResponsesConfig } from './config.ts';
import { InputResolver } from './input-resolver.ts';

/** The events of one create, in bursts; the last one's response is the answer. */
export type Events = AsyncIterable<readonly ResponseEvent[]>;

/** A response that has not begun, and what it goes on from. */
interface Prepared {
  response: Response;
  history: Item[];
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
    options: { willStream: boolean },
    gone: AbortSignal,
  ): Promise<Events> {
    if (request.webhookUrl !== null) this.egress.checkUrl(request.webhookUrl, 'webhook_url');
    const prepared = await this.prepare(caller, request);
    return request.background ? this.queue(prepared.response) : this.run(caller, prepared, options, gone);
  }

  /** A response as it would begin, with what it goes on from. Errors: those of `create` about the request. */
  async prepare(caller: Caller, request: CreateResponse): Promise<Prepared> {
    if (request.previousResponseId !== null) await this.checkPrevious(caller, request.previousResponseId);
    if (request.conversationId !== null) await this.openConversation(caller, request.conversationId);
    const response = newResponse(caller, {
      ...request,
      input: await this.inputs.resolve(caller, request.input),
    });
    const history = await loadHistory(this.store, caller, response);
    if (response.onPause === 'hand_back') checkOutputs(history, response.input);
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
    prepared: Prepared,
    options: { willStream: boolean },
    gone: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const { createdAt: startedAt, conversationId } = prepared.response;
    const response: Response = { ...prepared.response, startedAt };
    // Who streams is told of the response before it ends, so it has its row before. In a conversation the row keeps out other runs.
    const hasRow = response.stored && (options.willStream || conversationId !== null);
    const lease = hasRow ? await this.store.insertRunning(response) : null;
    // What was added to the conversation until it was ours alone belongs to it.
    const history =
      conversationId === null ? prepared.history : await loadHistory(this.store, caller, response);
    yield [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ];
    const timeoutMs = this.config.runtime.foregroundTimeoutMs;
    yield* this.runner.run(caller, { response, history, lease, timeoutMs, mayMove: false }, gone);
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

function newResponse(caller: Caller, request: CreateResponse & { input: Item[] }): Response {
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
