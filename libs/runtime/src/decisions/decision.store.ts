import {
  AppError,
  type Caller,
  type Decision,
  type DecisionRecord,
  isId,
  type Item,
  newId,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { decide, type Decided, decisionsIn, isPending, toLogEntry } from '@antiphon/engine';
import { OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Owners } from '../database/owners.ts';
import { databaseNowMs, type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { LEASE_OWNER, STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { EventLogStore } from '../event-log/event-log.store.ts';
import { movedEvents } from '../event-log/response-events.ts';
import { endResponse, lockResponse } from '../responses/end-response.ts';
import { bodyOf, storableJson } from '../responses/response-row.ts';
import type { Lease } from '../runs/lease.ts';
import { auditDecision } from './audit-decision.ts';
import {
  type CallPlace,
  type DecisionFilter,
  type DecisionPage,
  decisionsOf,
  earlierEdits,
  findDecision,
  listDecisions,
} from './decision-list.ts';
import { ToolDecisionRow } from './tool-decision.entity.ts';

/** A response after decisions about its calls, with the events that follow from them. */
export interface DecidedRun extends Decided {
  /** Null where this process does not run it: calls still wait, or it was queued. */
  lease: Lease | null;
  /** The number of the first event of the decisions in the response's log; null where it has none. */
  loggedFrom: number | null;
}

/** Decisions about pending calls of paused responses, and their record. */
@Injectable()
export class DecisionStore {
  private readonly query: Query;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: EventLogStore,
    private readonly outbox: OutboxHint,
    @Inject(LEASE_OWNER) private readonly owner: string,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  /**
   * Decides about pending calls of a paused response. The run goes on once nothing is left to decide or a call was approved: `here`, under
   * a lease of this process, or `queued`, as background runs do in any case. Of two decisions about one call the first wins. `decidedBy`: the user
   * that decides, where it is not the owner. Where the run has a log, its readers get the decisions as events. Null: the owner has no such
   * response. Errors: those of the engine's `decide`.
   */
  async decide(
    owner: Pick<Caller, 'userId'>,
    id: string,
    decisions: readonly Decision[],
    goesOn: 'here' | 'queued',
    decidedBy: string = owner.userId,
  ): Promise<DecidedRun | null> {
    if (!isId('response', id)) return null;
    const decided = await this.dataSource.transaction(async (manager) => {
      const paused = await lockResponse(manager, owner, id);
      if (!paused) return null;
      const decidedAt = await databaseNowMs(queryIn(manager));
      const { response, events } = decide(paused, decisions, { newId, userId: decidedBy, decidedAt });
      await manager.insert(
        ToolDecisionRow,
        decisions.map((decision, place) => ({
          ...auditDecision(paused, decision, decidedBy),
          // Decisions of one request have one time, and keep their order.
          decidedAt: () => `to_timestamp(${decidedAt / 1000}) + interval '${place} microseconds'`,
        })),
      );
      if (response.output.some(isPending) && !response.output.some(isApproved)) {
        await queryIn(manager)('update responses.responses set body = $2 where id = $1', [
          id,
          storableJson(bodyOf(response)),
        ]);
        return { response, events, lease: null, loggedFrom: await this.logMove(manager, response, events) };
      }
      const isOurs = goesOn === 'here' && !response.background;
      const moved: Response = { ...response, status: isOurs ? 'in_progress' : 'queued' };
      const epoch = await this.resume(manager, moved, isOurs);
      await writeEvents(manager, 'responses', movedEvents(moved));
      const lease = isOurs ? { responseId: id, epoch } : null;
      return { response: moved, events, lease, loggedFrom: await this.logMove(manager, moved, events) };
    });
    this.outbox.hint();
    return decided;
  }

  /** The decisions about a response's calls, oldest first. */
  list(caller: Caller, id: string): Promise<DecisionRecord[]> {
    return decisionsOf(this.query, caller, id);
  }

  /** A page of decisions about approvals, newest first. Null: `after` is none of them. Errors: those of `listDecisions`. */
  listByTime(owners: Owners, filter: DecisionFilter): Promise<DecisionPage | null> {
    return listDecisions(this.query, owners, filter);
  }

  /** The decision about the call of an item; null where it is not decided. */
  findByItem(owners: Owners, itemId: string): Promise<DecisionRecord | null> {
    return findDecision(this.query, owners, itemId);
  }

  /** For each call the last edit of a call of the same tool in its response or conversation; null where there is none. */
  earlierEdits(calls: readonly CallPlace[]): Promise<(DecisionRecord | null)[]> {
    return earlierEdits(this.query, calls);
  }

  /** The latest paused response of a conversation, or `responseId` where that one is paused; null where none is. */
  async pausedIn(caller: Caller, conversationId: string, responseId: string | null): Promise<string | null> {
    const [row] = await this.query<{ id: string }>(
      `select id from responses.responses
        where user_id = $1 and conversation_id = $2 and status = 'requires_action' and ($3::text is null or id = $3)
        order by created_at desc, id desc limit 1`,
      [caller.userId, conversationId, responseId],
    );
    return row?.id ?? null;
  }

  /**
   * Ends a paused response whose calls the input of the next response decides about, within the transaction that stores that one. Errors:
   * `not_found`, those of the engine's `decisionsIn`.
   */
  async endDecided(manager: EntityManager, pausedId: string, next: Response): Promise<void> {
    const paused = await lockResponse(manager, next, pausedId);
    if (!paused) throw new AppError('not_found', `There is no response ${pausedId}.`);
    const decisions = decisionsIn(paused, next);
    await manager.insert(
      ToolDecisionRow,
      decisions.map((decision) => auditDecision(paused, decision, next.userId)),
    );
    const completedAt = paused.completedAt ?? (await databaseNowMs(queryIn(manager)));
    await endResponse(manager, this.log, { ...paused, status: 'completed', completedAt });
  }

  /** Adds the events of decisions, and where the response stands after them, to its log. Returns the number of the first one; null without a log. */
  private async logMove(
    manager: EntityManager,
    response: Response,
    events: readonly ResponseEvent[],
  ): Promise<number | null> {
    const firstSeq = await this.log.nextSeq(response.id, manager);
    if (firstSeq === null) return null;
    const move: ResponseEvent = { type: `response.${response.status}`, response };
    const entries = [...events, move].map(toLogEntry);
    await this.log.appendWithin(manager, response.id, { firstSeq, entries });
    return firstSeq;
  }

  /** Moves a locked paused response on. Returns its new epoch. */
  private async resume(manager: EntityManager, moved: Response, isOurs: boolean): Promise<number> {
    const headStartMs = moved.onPause === 'hold' ? this.limits.headStartMs : 0;
    const [row] = await queryIn(manager)<{ lease_epoch: number }>(
      `update responses.responses
          set body = $2, status = $3, background = background or $3 = 'queued', attempt = 0, deadline_at = null,
              lease_owner = $4, lease_epoch = lease_epoch + 1,
              lease_until = clock_timestamp() + $5 * interval '1 ms'
        where id = $1 and status = 'requires_action' returning lease_epoch`,
      [
        moved.id,
        storableJson(bodyOf(moved)),
        moved.status,
        isOurs ? this.owner : null,
        isOurs ? this.limits.leaseMs : headStartMs,
      ],
    );
    if (!row) throw new Error(`the locked response ${moved.id} is not paused`);
    return row.lease_epoch;
  }
}

function isApproved(item: Item): boolean {
  return item.type === 'function_call' && item.state === 'approved';
}
