import {
  type Caller,
  type ContentPart,
  finalStatuses,
  firstIdAt,
  type FunctionCallOutputItem,
  isFinal,
  isId,
  type Response,
  type ResponseEvent,
  type ResponseFilter,
} from '@antiphon/contracts';
import { toLogEntry } from '@antiphon/engine';
import { GroupCommit, outboxEntry, OutboxHint } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { removeTurn } from '../conversations/conversation-turn.ts';
import type { Owners } from '../database/owners.ts';
import { databaseNowMs, type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { LEASE_OWNER, pauseMsOf, STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { StoredUse } from '../database/stored-use.ts';
import { DecisionStore } from '../decisions/decision.store.ts';
import { EventLogStore } from '../event-log/event-log.store.ts';
import { createdEvents } from '../event-log/response-events.ts';
import { type IdempotencyKey, IdempotencyStore } from '../idempotency/idempotency.store.ts';
import { firstLease, type Lease } from '../runs/lease.ts';
import { endResponse, lockResponse } from './end-response.ts';
import { findWaiting, pausedUntil, type ResponseVersion, waitingVersions } from './find-waiting.ts';
import { comparedLimits, type ListLimits, listResponses, type ResponsePage } from './response-list.ts';
import {
  fromRaw,
  type NewRow,
  type RawRow,
  shortColumnsOf,
  storableJson,
  toNewRow,
  toResponse,
} from './response-row.ts';
import { ResponseRow } from './response.entity.ts';

/** What is stored together with a new response. */
export interface InsertExtras {
  /** Whether this process runs it from now on. */
  isRunning: boolean;
  /** The first events of its log; null where it has no log. */
  log: readonly ResponseEvent[] | null;
  /** The idempotency key of its create. */
  key: IdempotencyKey | null;
  /** The paused response whose calls its input decides about. */
  decides: string | null;
}

/** How many rows go into the table with one statement. */
const groupRowsMax = 200;

/**
 * Responses in PostgreSQL, as their callers create, retrieve, list, cancel and delete them. Each update names the statuses it may move from
 * and writes its outbox events in the same statement; its row count says whether it happened.
 */
@Injectable()
export class ResponseStore {
  private readonly query: Query;
  private readonly inserts: GroupCommit<NewRow>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly decisions: DecisionStore,
    private readonly log: EventLogStore,
    private readonly keys: IdempotencyStore,
    private readonly outbox: OutboxHint,
    private readonly use: StoredUse,
    @Inject(LEASE_OWNER) private readonly owner: string,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
    this.inserts = new GroupCommit((rows) => this.insertAll(rows, this.query), { rowsMax: groupRowsMax });
  }

  /** Stores a new response that this process does not run: queued, or finished already. */
  insert(response: Response): Promise<void> {
    return this.inserts.add({ response, leaseOwner: null });
  }

  /** Stores a new response that this process runs from now on. */
  async insertRunning(response: Response): Promise<Lease> {
    await this.inserts.add({ response, leaseOwner: this.owner });
    return firstLease(response);
  }

  /**
   * Stores a new response and its extras, all or nothing; of a response with `stored: false` only the extras. The lease is null where the
   * response does not run here. Null: its idempotency key is taken, and nothing was stored. Of two responses that decide about one call the
   * first wins. Errors: `not_found`, those of the engine's `decisionsIn`.
   */
  async insertWith(response: Response, extras: InsertExtras): Promise<{ lease: Lease | null } | null> {
    const { isRunning, log, key, decides } = extras;
    const { id, stored, userId } = response;
    try {
      await this.dataSource.transaction(async (manager) => {
        const row = { response, leaseOwner: isRunning ? this.owner : null };
        if (stored) await this.insertAll([row], queryIn(manager));
        const entries = log?.map(toLogEntry);
        if (entries) await this.log.appendWithin(manager, id, { firstSeq: 0, entries });
        if (key && !(await this.keys.take(userId, key, stored ? id : null, manager))) throw keyTaken;
        if (decides !== null) await this.decisions.endDecided(manager, decides, response);
      });
    } catch (error) {
      if (error === keyTaken) return null;
      throw error;
    }
    this.outbox.hint();
    return { lease: stored && isRunning ? firstLease(response) : null };
  }

  async find(caller: Caller, id: string): Promise<Response | null> {
    if (!isId('response', id)) return null;
    const row = await this.dataSource.manager.findOneBy(ResponseRow, { id, userId: caller.userId });
    return row && toResponse(row);
  }

  /** A response of the owners; null where they have none with this id. */
  async findOf(owners: Owners, id: string): Promise<Response | null> {
    if (!isId('response', id)) return null;
    const where =
      'userId' in owners
        ? { id, userId: owners.userId, ...(owners.inTenant !== undefined && { tenantId: owners.inTenant }) }
        : { id, tenantId: owners.tenantId };
    const row = await this.dataSource.manager.findOneBy(ResponseRow, where);
    return row && toResponse(row);
  }

  /** As `find`, with long outputs of tool calls cut to their beginnings, and their `wholeBytes`. */
  async findShort(caller: Caller, id: string): Promise<Response | null> {
    if (!isId('response', id)) return null;
    const [row] = await this.query<RawRow>(
      `select ${shortColumnsOf('r')} from responses.responses r where r.id = $1 and r.user_id = $2`,
      [id, caller.userId],
    );
    return row ? fromRaw(row) : null;
  }

  /** The whole output of a call of the caller's response; null where it has none. */
  async findOutput(
    caller: Caller,
    id: string,
    callId: string,
  ): Promise<FunctionCallOutputItem['output'] | null> {
    // The path reads the row in place and `offset 0` keeps its result in memory, where a set or a common table expression would be written to disk.
    // A text comes as it is: as JSON, a large one takes several times as long.
    const [row] = await this.query<{ text: string | null; parts: ContentPart[] | null }>(
      `select case jsonb_typeof(output) when 'string' then output #>> '{}' end as text,
              case jsonb_typeof(output) when 'array' then output end as parts
         from (
           select jsonb_path_query_array(
                    r.body,
                    '$.output[*] ? (@.type == "function_call_output" && @.callId == $call).output',
                    jsonb_build_object('call', $3::text)
                  ) -> -1 as output
             from responses.responses r
            where r.id = $1 and r.user_id = $2
           offset 0
         ) found`,
      [id, caller.userId, callId],
    );
    return row?.text ?? row?.parts ?? null;
  }

  /** A response by id alone, for the delivery of its webhooks: never on behalf of a caller. */
  async findForDelivery(id: string): Promise<Response | null> {
    const row = await this.dataSource.manager.findOneBy(ResponseRow, { id });
    return row && toResponse(row);
  }

  /** A page of the caller's responses. Null: the filter's `after` is none of them. Errors: `invalid_request` of `listResponses`. */
  list(caller: Caller, filter: ResponseFilter): Promise<ResponsePage | null> {
    return listResponses(this.query, { userId: caller.userId }, filter, this.listLimits);
  }

  /** A page of the owners' paused responses with a call that waits for approval, as `list`. */
  listWaiting(
    owners: Owners,
    filter: ResponseFilter & { waitingCall: object },
  ): Promise<ResponsePage | null> {
    return listResponses(this.query, owners, filter, this.listLimits);
  }

  /** The owners' response with the call of this item, which waits for approval; null where the call does not wait. */
  findWaiting(owners: Owners, itemId: string): Promise<Response | null> {
    return findWaiting(this.query, owners, itemId);
  }

  /** The versions of the newest of the owners' paused responses with a call that waits for approval, at most `countMax`, oldest first. */
  waitingVersions(owners: Owners, countMax: number): Promise<ResponseVersion[]> {
    return waitingVersions(this.query, owners, countMax);
  }

  /** Until when paused responses wait, in milliseconds since the epoch, by id. Those that wait without an end are left out. */
  pausedUntil(ids: readonly string[]): Promise<Map<string, number>> {
    return pausedUntil(this.query, ids);
  }

  /** How many background responses of a user are queued, counted up to `countMax`. */
  async countQueued(userId: string, countMax: number): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      `select count(*)::int as count from (
         select from responses.responses where user_id = $1 and status = 'queued' limit $2) queued`,
      [userId, countMax],
    );
    return row?.count ?? 0;
  }

  /**
   * Cancels a response unless it is final. Returns the response after this call, and whether this call cancelled it. Null: the caller has no
   * such response.
   */
  async cancel(caller: Caller, id: string): Promise<{ response: Response; wasCancelled: boolean } | null> {
    if (!isId('response', id)) return null;
    const outcome = await this.dataSource.transaction(async (manager) => {
      const response = await lockResponse(manager, caller, id);
      if (!response) return null;
      if (isFinal(response.status)) return { response, wasCancelled: false };
      const cancelledAt = await databaseNowMs(queryIn(manager));
      const cancelled: Response = { ...response, status: 'cancelled', cancelledAt };
      return { response: await endResponse(manager, this.log, cancelled), wasCancelled: true };
    });
    if (outcome?.wasCancelled) this.outbox.hint();
    return outcome;
  }

  /** Removes a response with everything that refers to it. Its runner loses the lease. False: the caller has no such response. */
  async delete(caller: Caller, id: string): Promise<boolean> {
    if (!isId('response', id)) return false;
    return this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.delete(ResponseRow, { id, userId: caller.userId });
      if (affected === 1) await removeTurn(queryIn(manager), { id, userId: caller.userId });
      return affected === 1;
    });
  }

  /**
   * Removes up to `countMax` responses that were created more than `retentionMs` ago and cannot change any more, with everything that
   * refers to them, oldest first: final ones, and those whose calls were handed back to their caller. Ids begin with their time of
   * creation, so the primary key finds them. Returns how many.
   */
  async removeOld(retentionMs: number, countMax: number): Promise<number> {
    const rows = await this.query(
      `with old as (
         select id from responses.responses
          where id < $1 and (status = any($2) or (status = 'requires_action' and lease_until is null))
          order by id limit $3
            for update skip locked)
       delete from responses.responses r using old where r.id = old.id
       returning r.id`,
      [firstIdAt('response', (await databaseNowMs(this.query)) - retentionMs), finalStatuses, countMax],
    );
    return rows.length;
  }

  private get listLimits(): ListLimits {
    return { ...comparedLimits, bytesMax: this.limits.pageBytesMax };
  }

  private async insertAll(rows: readonly NewRow[], query: Query): Promise<void[]> {
    const records = rows.map((row) => storableJson({ ...toNewRow(row), lease_ms: this.firstLeaseMs(row) }));
    await query(
      `with published as (insert into responses.outbox (events) values ($2))
       insert into responses.responses
         (id, user_id, tenant_id, status, background, conversation_id, previous_response_id, body,
          created_at, started_at, lease_owner, lease_epoch, lease_until)
       select id, user_id, tenant_id, status, background, conversation_id, previous_response_id, body,
              to_timestamp(created_at / 1000.0), to_timestamp(started_at / 1000.0), lease_owner,
              case when lease_owner is null then 0 else 1 end,
              clock_timestamp() + lease_ms * interval '1 ms'
         from jsonb_to_recordset($1) as new(
           id text, user_id text, tenant_id text, status text, background boolean, conversation_id text,
           previous_response_id text, body jsonb, created_at bigint, started_at bigint, lease_owner text,
           lease_ms bigint)`,
      [`[${records.join(',')}]`, outboxEntry(rows.flatMap(({ response }) => createdEvents(response)))],
    );
    this.outbox.hint();
    for (const [place, { response }] of rows.entries())
      this.use.add(response.userId, records[place]?.length ?? 0);
    return rows.map(() => undefined);
  }

  /** A paused response keeps in its lease column until when it waits; a final one keeps nothing there. */
  private firstLeaseMs({ response, leaseOwner }: NewRow): number | null {
    return leaseOwner === null ? pauseMsOf(this.limits, response) : this.limits.leaseMs;
  }
}

/** Thrown within a transaction to undo it. */
const keyTaken = new Error('the key is taken');
