import {
  AppError,
  type Caller,
  type CreateResponse,
  creatorOf,
  type Decision,
  type DecisionRecord,
  isFinal,
  isLifecycleEvent,
  type Item,
  newId,
  noUsage,
  type Response,
  type ResponseEvent,
  type ResponseFilter,
  responsesQueued,
  rightsOf,
} from '@antiphon/contracts';
import type { CancelOutcome, DecodedCreate, DecodedDecisions } from '@antiphon/dialects';
import { answerSchemas, decisionsIn, rebuildEvents } from '@antiphon/engine';
import {
  ActiveRuns,
  ConversationStore,
  type DecidedRun,
  DecisionStore,
  HistoryStore,
  type IdempotencyKey,
  IdempotencyStore,
  type KeyedCreate,
  type Lease,
  LeaseStore,
  ResponseRunner,
  ResponseStore,
  RunEvents,
  SchemaThreads,
  ServerAccessBox,
} from '@antiphon/runtime';
import { Egress, RpcBus, type TraceContext } from '@antiphon/service-kit';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { checkOutputs } from './check-outputs.ts';
import { RESPONSES_CONFIG, type ResponsesConfig } from '../config.ts';
import { HeldRuns } from '../held-runs/held-runs.ts';
import { InputResolver } from '../input/input-resolver.ts';
import { Quotas } from '../quotas/quotas.ts';

/** Whether the last `count` events of a run can be taken back. */
export type TakeBack = (count: number) => boolean;

/** The events of one create, in bursts; the last one's response is the answer. */
export type Events = AsyncIterable<readonly ResponseEvent[]>;

/** Where a connection keeps what no store does: the context that its turns leave behind. */
export interface TurnMemory {
  /** The whole context after a response; undefined where this memory does not have it. Throws `context_too_long`. */
  recall(responseId: string): readonly Item[] | undefined;
  /** Takes note of how a response ended, and of what it went on from. */
  note(ended: Response, history: readonly Item[]): void;
}

export interface CreateOptions {
  /** Whether the events are told as they come; in the background they are kept for that. */
  willStream: boolean;
  /** Whether the caller was told nothing of the last `count` events. Left out: they count as told. */
  takeBack?: TakeBack | undefined;
  /** As a dialect decodes it. */
  conversation?: DecodedCreate['conversation'] | undefined;
  /** Whether calls that wait for the caller must be decided before the conversation goes on. */
  refusesWhilePaused?: boolean | undefined;
  /** What the output begins with. */
  begun?: Item[] | undefined;
  /** Whether the answer to an equal request of the same caller may stand for this one's. */
  mayReuse?: boolean | undefined;
  /** Asked before the store for what the response goes on from. */
  memory?: TurnMemory;
  /** What asked for it; without one its run begins a trace. */
  trace?: TraceContext;
  /** Where the caller named the create: what was made under that name is given again. */
  key?: IdempotencyKey | null;
  /** Called before the first event of what is given again. */
  onReplay?: () => void;
}

/** What of a create's options its preparation looks at. */
type Asked = Pick<CreateOptions, 'memory' | 'conversation' | 'refusesWhilePaused' | 'begun'>;

/** A response that has not begun, and what it goes on from. */
interface Prepared {
  response: Response;
  history: readonly Item[];
  /** The id of the paused response whose calls it decides about. */
  decides: string | null;
}

/** The use cases of the Responses API, in neutral words. */
@Injectable()
export class ResponsesService implements BeforeApplicationShutdown {
  constructor(
    private readonly store: ResponseStore,
    private readonly decisionStore: DecisionStore,
    private readonly leases: LeaseStore,
    private readonly history: HistoryStore,
    private readonly conversations: ConversationStore,
    private readonly keys: IdempotencyStore,
    private readonly runner: ResponseRunner,
    private readonly runs: ActiveRuns,
    private readonly runEvents: RunEvents,
    private readonly answers: AnswerCache,
    private readonly held: HeldRuns,
    private readonly bus: RpcBus,
    private readonly egress: Egress,
    private readonly inputs: InputResolver,
    private readonly access: ServerAccessBox,
    private readonly quotas: Quotas,
    private readonly schemas: SchemaThreads,
    @Inject(RESPONSES_CONFIG) private readonly config: ResponsesConfig,
  ) {}

  /**
   * Creates a response. In the background it is stored and queued, and its events are those of any reader, where they are wanted; else it
   * runs as its events are taken, and ends when `gone` says that nobody waits for it. Errors: `invalid_request`, also for a
   * schema that cannot be used, `not_found` for what it refers to, `conflict` where that is still running, `idempotency_key_reuse` and `idempotency_key_in_use`,
   * `forbidden` and `rate_limited` for a caller that has stored or queued as much as it may; `model_not_found`
   * and `context_too_long`.
   */
  async create(
    caller: Caller,
    request: CreateResponse,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    const earlier = options.key && (await this.keys.find(caller, options.key.key));
    if (earlier) return this.repeat(caller, earlier, options, gone);
    if (request.webhookUrl !== null) this.egress.checkUrl(request.webhookUrl, 'webhook_url', 'webhooks');
    const schemas = answerSchemas(request);
    if (schemas.length > 0) await this.schemas.assertUsable(caller, schemas, gone);
    if (request.stored) this.quotas.admitStored(caller);
    const prepared = await this.prepare(caller, request, options, gone);
    const { response, decides } = prepared;
    await this.runner.assertRunnable(caller, prepared, gone);
    const insert = () => this.insert(response, decides, options);
    const inserted = await (request.background ? this.quotas.queue(caller, insert) : insert());
    // Another request with the same key came first.
    if (!inserted) return this.create(caller, request, options, gone);
    if (decides !== null) this.runEvents.announce(decides);
    const { lease } = inserted;
    if (!request.background) {
      // What was added to the conversation until it was ours alone belongs to it.
      const isGrown =
        lease !== null && response.conversationId !== null && response.previousResponseId === null;
      const history = isGrown ? await this.history.read(caller, response) : prepared.history;
      const start = { response, history, lease };
      const answered =
        options.mayReuse && lease ? await this.answers.answer(caller, response, history) : null;
      if (lease && answered && (await this.leases.finish(lease, answered)))
        return inOneBurst(rebuildEvents(answered));
      if (lease && options.willStream && response.onPause === 'hold')
        return this.held.hold(caller, this.run(caller, start, options), gone);
      return this.run(caller, start, options, gone);
    }
    this.ring();
    return options.willStream ? this.follow(caller, response.id, gone) : inOneBurst(openingEvents(response));
  }

  /** A response as it would begin, with what it goes on from. Errors: those of `create` about the request. */
  async prepare(
    caller: Caller,
    request: CreateResponse,
    { memory, conversation, refusesWhilePaused, begun = [] }: Asked,
    gone: AbortSignal,
  ): Promise<Prepared> {
    const { previousResponseId: previousId } = request;
    for (const { access, urlField } of request.requestServers) {
      if (access) this.egress.checkUrl(access.url, urlField, 'mcp');
    }
    const requestServers = request.requestServers.map((server) => this.access.seal(caller, server));
    const remembered = (previousId !== null && memory?.recall(previousId)) || null;
    const isInherited = conversation === 'inherited' && previousId !== null;
    const named = isInherited ? await this.conversationOf(caller, previousId) : request.conversationId;
    const conversationId = await this.openConversation(caller, named, conversation);
    if (refusesWhilePaused && conversationId !== null)
      await this.checkNothingPends(caller, conversationId, previousId);
    const input = await this.inputs.resolve(caller, request.input, gone);
    const response = newResponse(caller, { ...request, input, requestServers, conversationId }, begun);
    const decides = await this.decidedBy(caller, response, remembered);
    const history = remembered ?? (await this.history.read(caller, response));
    if (response.onPause === 'hand_back') checkOutputs(history, input);
    return { response, history, decides };
  }

  /** The events of a stored response, from the first one to its end, for as long as its reader is there. Errors: `not_found`. */
  follow(caller: Caller, id: string, gone: AbortSignal): Events {
    return this.runEvents.follow(caller, id, gone);
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

  /** The same as soon as it has ended, or as it is then: after this time, which config bounds, or when nobody waits. Errors: `not_found`. */
  async awaitEnd(caller: Caller, id: string, waitMs: number, gone: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(Math.min(waitMs, this.config.waitMaxMs));
    const signal = AbortSignal.any([gone, timeout]);
    const hasEnded = ({ status }: Response) => isFinal(status);
    return (await this.runEvents.awaitResponse(caller, id, hasEnded, signal)) ?? notFound(id);
  }

  /** What was decided about a response's calls, oldest first. Errors: `not_found`. */
  async decisions(caller: Caller, id: string): Promise<DecisionRecord[]> {
    await this.retrieve(caller, id);
    return this.decisionStore.list(caller, id);
  }

  /** Cancels what is not final yet; what is stays as it is. Runs stop wherever they are. */
  async cancel(caller: Caller, id: string): Promise<CancelOutcome> {
    const outcome = (await this.store.cancel(caller, id)) ?? notFound(id);
    if (outcome.wasCancelled) {
      this.runs.announceCancel(id);
      this.runEvents.announce(id);
    }
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
    { decisions, takeBack }: { decisions: readonly Decision[]; takeBack: TakeBack },
    gone: AbortSignal,
  ): Promise<Events> {
    const decided = (await this.decisionStore.decide(caller, id, decisions, 'here')) ?? notFound(id);
    return this.goOn(decided, takeBack, gone);
  }

  /**
   * The same for whoever does not wait for what comes of it: the run goes on where it is held open, or else is queued. Its response is
   * given as it is then.
   */
  async decideAside(caller: Caller, id: string, decisions: readonly Decision[]): Promise<Response> {
    const { response } = (await this.decisionStore.decide(caller, id, decisions, 'queued')) ?? notFound(id);
    this.runEvents.announce(id);
    if (response.status === 'queued') this.ring();
    return response;
  }

  /** The same where the response is known by its conversation. Errors besides: `invalid_request` where nothing there waits. */
  async decidePaused(
    caller: Caller,
    { of: { conversationId, responseId }, decisions, conversation }: DecodedDecisions,
    gone: AbortSignal,
    takeBack: TakeBack,
  ): Promise<Events> {
    if (conversationId === null) return this.decide(caller, responseId ?? '', { decisions, takeBack }, gone);
    await this.checkConversation(caller, conversationId, conversation);
    const id = await this.decisionStore.pausedIn(caller, conversationId, responseId);
    if (id === null)
      throw new AppError(
        'invalid_request',
        `Nothing in the conversation ${conversationId} waits for a decision.`,
      );
    return this.decide(caller, id, { decisions, takeBack }, gone);
  }

  /** Removes a response with all that hangs on it; a run of it is cancelled first. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.cancel(caller, id);
    if (!(await this.store.delete(caller, id))) notFound(id);
    this.runEvents.announce(id);
  }

  /** The context that the model saw: instructions, earlier turns as far as a run reads them, this request's input. */
  async inputItems(caller: Caller, id: string): Promise<Item[]> {
    const response = await this.retrieve(caller, id);
    const history = await this.history.read(caller, response, 'show');
    return [...instructionItems(response), ...history, ...response.input];
  }

  /** Lets foreground runs come to their end within the grace; those that do not are told that the server stops. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.runs.settled(this.config.service.shutdownGraceMs);
    this.runs.abortAll(new AppError('interrupted', 'The server is stopping. Create the response again.'));
  }

  /** Stores what has to be there before anyone is told of the response. Null: its key is taken, and nothing was stored. */
  private async insert(
    response: Response,
    decides: string | null,
    { willStream, key = null }: CreateOptions,
  ): Promise<{ lease: Lease | null } | null> {
    const { background, stored, userId } = response;
    const isLogged = background && willStream;
    if (decides !== null || (stored && (key || isLogged))) {
      const log = isLogged ? openingEvents(response) : null;
      return this.store.insertWith(response, { isRunning: !background, log, key, decides });
    }
    if (!stored) return !key || (await this.keys.take(userId, key, null)) ? { lease: null } : null;
    if (background) await this.store.insert(response);
    // Who streams is told of the response before it ends, so it has its row before. In a conversation the row keeps out other runs.
    const hasRow = !background && (willStream || response.conversationId !== null);
    return { lease: hasRow ? await this.store.insertRunning(response) : null };
  }

  private async *run(
    caller: Caller,
    start: Omit<Prepared, 'decides'> & { lease: Lease | null },
    { memory, mayReuse, trace, takeBack }: CreateOptions,
    gone?: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const { response, history } = start;
    yield openingEvents(response);
    const timeoutMs = this.config.runtime.foregroundTimeoutMs;
    const whole = {
      ...start,
      ...(takeBack && { takeBack }),
      timeoutMs,
      mayMove: false,
      ...(trace && { trace }),
    };
    for await (const burst of this.runner.run(caller, whole, gone)) {
      const last = burst.at(-1);
      if (last && isLifecycleEvent(last)) {
        memory?.note(last.response, history);
        if (mayReuse) await this.answers.note(caller, last.response, history);
      }
      yield burst;
    }
  }

  /** A run goes on with its creator's rights, whatever credential the decision came with. */
  private async *goOn(
    { response, events, lease }: DecidedRun,
    takeBack: TakeBack,
    gone: AbortSignal,
  ): AsyncGenerator<readonly ResponseEvent[]> {
    if (response.status === 'queued') this.ring();
    if (!lease) {
      yield [...events, { type: `response.${response.status}`, response }];
      return;
    }
    const caller = creatorOf(response);
    const history = () => this.history.read(caller, response);
    yield [{ type: 'response.in_progress', response }, ...events];
    const timeoutMs = this.config.runtime.foregroundTimeoutMs;
    const start = { response, history, lease, takeBack, timeoutMs, mayMove: false };
    yield* this.runner.run(caller, start, gone);
  }

  private ring(): void {
    if (this.bus.isConnected) this.bus.tell(responsesQueued, {});
  }

  /** What was made with a key, once more. */
  private async repeat(
    caller: Caller,
    { requestHash, responseId }: KeyedCreate,
    { willStream, key, onReplay }: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    if (requestHash !== key?.requestHash) {
      throw new AppError(
        'idempotency_key_reuse',
        'This Idempotency-Key was sent with another request. Use a new key.',
      );
    }
    const response = responseId === null ? null : await this.store.find(caller, responseId);
    if (!response) {
      throw new AppError(
        'idempotency_key_in_use',
        'This request was made before, and its response was not stored or has been deleted. Use a new key to make it again.',
      );
    }
    if (response.status === 'in_progress' && !response.background) {
      throw new AppError(
        'idempotency_key_in_use',
        'The request with this Idempotency-Key is still running. Send it again when it has ended.',
      );
    }
    onReplay?.();
    if (willStream) return this.follow(caller, response.id, gone);
    return inOneBurst([{ type: `response.${response.status}`, response }]);
  }

  /**
   * Looks at what a response follows, and at what it decides about the calls of that. Returns the id of the paused response that is decided
   * with this one. A connection's memory knows its turns by their items alone, and nobody else decides about those.
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
    const followed = await this.followed(caller, response);
    const decisions = decisionsIn(followed, response);
    return followed && decisions.length > 0 ? followed.id : null;
  }

  /** The response that this one follows, if any: the one it names, or where it decides about calls, the last of its conversation. */
  private async followed(caller: Caller, response: Response): Promise<Response | null> {
    const { previousResponseId, conversationId, input } = response;
    if (previousResponseId !== null) return this.findPrevious(caller, previousResponseId);
    if (conversationId === null || !input.some(({ type }) => type === 'approval_response')) return null;
    const paused = await this.decisionStore.pausedIn(caller, conversationId, null);
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

  /** Whoever goes on from a response is held back by its own calls alone, and by no others of the conversation. */
  private async checkNothingPends(
    caller: Caller,
    conversationId: string,
    previousId: string | null,
  ): Promise<void> {
    const pausedId = await this.decisionStore.pausedIn(caller, conversationId, previousId);
    if (pausedId !== null)
      throw new AppError(
        'conflict',
        `The response ${pausedId} waits for decisions about its tool calls: make them first.`,
      );
  }

  /** Null too where there is no such response. */
  private async conversationOf(caller: Caller, id: string): Promise<string | null> {
    return (await this.store.find(caller, id))?.conversationId ?? null;
  }

  /** The conversation of a new response, which is there then. */
  private async openConversation(
    caller: Caller,
    id: string | null,
    use: CreateOptions['conversation'],
  ): Promise<string | null> {
    if (use === 'inherited') return id;
    if (use === 'new') {
      const made = newId('conversation');
      await this.conversations.open(caller, made);
      return made;
    }
    if (id === null) return null;
    if (use === 'named') await this.conversations.open(caller, id);
    else await this.checkConversation(caller, id, use);
    return id;
  }

  private async checkConversation(
    caller: Caller,
    id: string,
    use: CreateOptions['conversation'],
  ): Promise<void> {
    if (await this.conversations.exists(caller, id)) return;
    if (use === 'existing' && (await this.conversations.existsForAnyUser(id)))
      throw new AppError('forbidden', `The conversation ${id} is not yours.`, { param: 'conversationId' });
    throw new AppError('not_found', `There is no conversation ${id}.`, { param: 'conversationId' });
  }
}

/** What a caller asks for, its secrets sealed and its references resolved. */
type ResolvedRequest = Omit<CreateResponse, 'requestServers' | 'input'> &
  Pick<Response, 'requestServers' | 'input'>;

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

/** What is told of a response that has just been made. */
function openingEvents(response: Response): ResponseEvent[] {
  return [
    { type: 'response.created', response },
    { type: `response.${response.status}`, response },
  ];
}

async function* inOneBurst(events: readonly ResponseEvent[]): AsyncGenerator<readonly ResponseEvent[]> {
  yield events;
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
