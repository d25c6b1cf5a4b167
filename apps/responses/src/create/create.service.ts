import type { Caller, CreateResponse, Response } from '@antiphon/contracts';
import { answerSchemas, rebuildEvents } from '@antiphon/engine';
import {
  HistoryStore,
  IdempotencyStore,
  type Lease,
  LeaseStore,
  ResponseRunner,
  ResponseStore,
  RunEvents,
  SchemaThreads,
} from '@antiphon/runtime';
import { Egress, BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { HeldRuns } from '../held-runs/held-runs.ts';
import { Quotas } from '../quotas/quotas.ts';
import { announceQueued } from './announce-queued.ts';
import type { CreateOptions } from './create-options.ts';
import { type ForegroundRun, ForegroundRuns } from './foreground-runs.ts';
import { RepeatedCreates } from './repeated-creates.ts';
import { type Events, inOneBurst, openingEvents } from './response-events.ts';
import { type Prepared, ResponsePreparer } from './response-preparer.ts';

/** Creates a response: admits the request, stores the response where it needs a row, and starts its run. */
@Injectable()
export class CreateService {
  constructor(
    private readonly preparer: ResponsePreparer,
    private readonly repeated: RepeatedCreates,
    private readonly foreground: ForegroundRuns,
    private readonly held: HeldRuns,
    private readonly answers: AnswerCache,
    private readonly quotas: Quotas,
    private readonly store: ResponseStore,
    private readonly leases: LeaseStore,
    private readonly history: HistoryStore,
    private readonly keys: IdempotencyStore,
    private readonly runner: ResponseRunner,
    private readonly runEvents: RunEvents,
    private readonly schemas: SchemaThreads,
    private readonly egress: Egress,
    private readonly bus: BusClient,
  ) {}

  /**
   * Creates a response. A background response is stored and queued; its events are the opening ones, or those of a reader where the client
   * streams. A foreground response runs as its events are taken, and is cancelled when `gone` aborts. Errors: those of
   * `ResponsePreparer.prepare` and `RepeatedCreates.repeat`; `invalid_request` for an unusable schema or webhook URL; `forbidden` and
   * `rate_limited` for a caller that has stored or queued as much as it may; `model_not_found`, `context_too_long`.
   */
  async create(
    caller: Caller,
    request: CreateResponse,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    const first = await this.repeated.findFirst(caller, options);
    if (first) return this.repeated.repeat(caller, first, options, gone);
    const prepared = await this.admit(caller, request, options, gone);
    const { response, decides } = prepared;
    const insert = () => this.insert(response, decides, options);
    const inserted = await (request.background ? this.quotas.queue(caller, insert) : insert());
    // A concurrent request with the same key was stored first.
    if (!inserted) return this.create(caller, request, options, gone);
    if (decides !== null) this.runEvents.announce(decides);
    if (!request.background) return this.run(caller, { ...prepared, ...inserted }, options, gone);
    announceQueued(this.bus);
    return options.willStream
      ? this.runEvents.follow(caller, response.id, gone)
      : inOneBurst(openingEvents(response));
  }

  /** Prepares a response and refuses what could not run. */
  private async admit(
    caller: Caller,
    request: CreateResponse,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Prepared> {
    if (request.webhookUrl !== null) this.egress.checkUrl(request.webhookUrl, 'webhook_url', 'webhooks');
    const schemas = answerSchemas(request);
    if (schemas.length > 0) await this.schemas.assertUsable(caller, schemas, gone);
    if (request.stored) this.quotas.admitStored(caller);
    const prepared = await this.preparer.prepare(caller, request, options, gone);
    await this.runner.assertRunnable(caller, prepared, gone);
    return prepared;
  }

  /** Stores what must exist before the client hears of the response. Null: its key is taken, and nothing was stored. */
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
    // A stream names the response before its end, so the row comes first. In a conversation the row keeps out other runs.
    const hasRow = !background && (willStream || response.conversationId !== null);
    return { lease: hasRow ? await this.store.insertRunning(response) : null };
  }

  private async run(
    caller: Caller,
    { response, history: prepared, lease }: ForegroundRun,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    // Items that were added to the conversation before this run locked it belong to its history.
    const mayHaveGrown =
      lease !== null && response.conversationId !== null && response.previousResponseId === null;
    const history = mayHaveGrown ? await this.history.read(caller, response) : prepared;
    const run = { response, history, lease };
    const answered = options.mayReuse && lease ? await this.answers.answer(caller, response, history) : null;
    if (lease && answered && (await this.leases.finish(lease, answered)))
      return inOneBurst(rebuildEvents(answered));
    if (lease && options.willStream && response.onPause === 'hold')
      return this.held.hold(caller, this.foreground.start(caller, run, options), gone);
    return this.foreground.start(caller, run, options, gone);
  }
}
