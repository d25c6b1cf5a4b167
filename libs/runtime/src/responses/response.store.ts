import { randomUUID } from 'node:crypto';
import {
  AppError,
  type Caller,
  type Decision,
  type DecisionRecord,
  finalStatuses,
  firstIdAt,
  isFinal,
  isId,
  type Item,
  type NewEvent,
  newId,
  type PauseMode,
  type Response,
  type ResponseEvent,
  type ResponseFilter,
} from '@antiphon/contracts';
import {
  catchUp,
  decide,
  type Decided,
  decisionsIn,
  isPending,
  keepUnfinished,
  toLogEntry,
} from '@antiphon/engine';
import { GroupCommit, outboxEntry, type OutboxHint, writeEvents } from '@antiphon/service-kit';
import type { DataSource, EntityManager } from 'typeorm';
import { addDeliveries } from '../webhooks/add-deliveries.ts';
import { auditDecision } from '../decisions/audit-decision.ts';
import { removeTurn, writeTurn } from '../conversations/conversation-turn.ts';
import { ConversationRow } from '../conversations/conversation.entity.ts';
import { dueInTurns } from '../runs/due-in-turns.ts';
import { EventLogStore, type LogBurst } from '../event-log/event-log.store.ts';
import { findItems } from './find-items.ts';
import { type IdempotencyKey, IdempotencyStore } from '../idempotency/idempotency.store.ts';
import { outlast } from '../runs/outlast.ts';
import { runSql } from '../database/raw-sql.ts';
import { type HistoryLimits, type HistoryUse, readHistory } from '../conversations/read-history.ts';
import { listResponses } from './response-list.ts';
import { claimedEventSql, createdEvents, movedEvents, usageEvents } from '../event-log/response-events.ts';
import {
  bodyOf,
  columns,
  columnsOf,
  fromRaw,
  type NewRow,
  type RawRow,
  storableJson,
  toNewRow,
  toResponse,
} from './response-row.ts';
import { ResponseRow } from './response.entity.ts';
import type { StoredUse } from '../database/stored-use.ts';
import { ToolDecisionRow } from '../decisions/tool-decision.entity.ts';

/** The right to run a response: every write of its holder is guarded by the epoch. */
export interface Lease {
  responseId: string;
  epoch: number;
}

/** A response that is this process's to run, until its lease is lost. */
export interface Claim {
  lease: Lease;
  response: Response;
  /** What is left of the time its run may take. */
  remainingMs: number;
  /** All of that time, over all attempts. */
  limitMs: number;
  /** Whether its events are kept for readers. */
  isLogged: boolean;
}

/** What is stored together with a new response. */
export interface InsertExtras {
  /** Whether this process runs it from now on. */
  isRunning: boolean;
  /** The first events of its log; null where none is kept. */
  log: readonly ResponseEvent[] | null;
  /** The key it is made with. */
  key: IdempotencyKey | null;
  /** The paused response whose calls its input decides about. */
  decides: string | null;
}

export interface StoreLimits extends HistoryLimits {
  leaseMs: number;
  /** How long a background run may take, over all its attempts. */
  backgroundTimeoutMs: number;
  /** How many processes may try to run one response before it is given up. */
  attemptsMax: number;
  /** How long a run waits that could not reach a part of the system; twice as long each time, up to `leaseMs`. */
  retryWaitMs: number;
  /** Where a list or a sweep stops, in bytes of the rows that it reads. */
  pageBytesMax: number;
  /** How long a paused response waits for its caller, by what its pause means to it; null: it does not expire. */
  pauseMs: Record<PauseMode, number | null>;
  /** How long a decided run that was held open is left to who holds it, before anyone may take it up. */
  headStartMs: number;
  /** For how long an idempotency key gives the same response again. */
  keyRetentionMs: number;
}

/** What became of decisions about a paused response. */
export interface DecidedRun extends Decided {
  /** Null where this process is not to run it: calls still wait, or it was queued. */
  lease: Lease | null;
}

/** How many rows go into the table with one statement. */
const groupRowsMax = 200;
/** How many rows one sweep ends. */
const sweepRowsMax = 100;

/**
 * Responses in PostgreSQL, which owns every move from one status to another. Each update names the statuses it may move from, and a
 * holder's also its epoch; the number of rows tells whether it happened. What others are to be told of a move goes into the outbox in the
 * same statement.
 */
export class ResponseStore {
  /** The event logs of responses, which move with them. */
  readonly log: EventLogStore;
  /** The keys that responses are made with. */
  readonly keys: IdempotencyStore;
  private readonly inserts: GroupCommit<NewRow>;
  private readonly usages: GroupCommit<NewEvent>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly owner: string,
    private readonly limits: StoreLimits,
    private readonly outbox: OutboxHint = { hint: () => undefined },
    private readonly use: Pick<StoredUse, 'add'> = { add: () => undefined },
  ) {
    this.log = new EventLogStore(dataSource, limits.leaseMs);
    this.keys = new IdempotencyStore(dataSource, limits.keyRetentionMs);
    this.inserts = new GroupCommit((rows) => this.insertAll(rows), { rowsMax: groupRowsMax });
    this.usages = new GroupCommit((events) => this.tellAll(events), { rowsMax: groupRowsMax });
  }

  /** Stores a new response that nobody runs here: queued, or finished already. */
  insert(response: Response): Promise<void> {
    return this.inserts.add({ response, leaseOwner: null });
  }

  /** Stores a new response that this process runs from now on. */
  async insertRunning(response: Response): Promise<Lease> {
    await this.inserts.add({ response, leaseOwner: this.owner });
    return firstLease(response);
  }

  /**
   * Stores a new response and what hangs on it, all or nothing; of one that is not to be stored, what hangs on it. The lease is null where
   * it does not run here. Null: its key is taken, and nothing was stored. Of two that decide about one call the first wins. Errors:
   * `not_found`, those of the engine's `decisionsIn`.
   */
  async insertWith(response: Response, extras: InsertExtras): Promise<{ lease: Lease | null } | null> {
    const { isRunning, log, key, decides } = extras;
    const { id, stored, userId } = response;
    try {
      await this.transaction(async (manager) => {
        if (stored) await this.insertAll([{ response, leaseOwner: isRunning ? this.owner : null }], manager);
        const entries = log?.map(toLogEntry);
        if (entries) await this.log.appendWithin(manager, id, { firstSeq: 0, entries });
        if (key && !(await this.keys.take(userId, key, stored ? id : null, manager))) throw keyTaken;
        if (decides !== null) await this.settle(manager, decides, response);
      });
    } catch (error) {
      if (error === keyTaken) return null;
      throw error;
    }
    this.outbox.hint();
    return { lease: stored && isRunning ? firstLease(response) : null };
  }

  /** Ends a paused response whose calls the next one decides about. */
  private async settle(manager: EntityManager, pausedId: string, next: Response): Promise<void> {
    const paused = await this.lock(manager, next, pausedId);
    if (!paused) throw new AppError('not_found', `There is no response ${pausedId}.`);
    const decisions = decisionsIn(paused, next);
    await manager.insert(
      ToolDecisionRow,
      decisions.map((decision) => auditDecision(next, paused, decision)),
    );
    const completedAt = paused.completedAt ?? (await this.now(manager));
    await this.end(manager, { ...paused, status: 'completed', completedAt });
  }

  async find(caller: Caller, id: string): Promise<Response | null> {
    if (!isId('response', id)) return null;
    const row = await this.dataSource.manager.findOneBy(ResponseRow, { id, userId: caller.userId });
    return row && toResponse(row);
  }

  /** A response by id alone, for our own work on it: never on behalf of a caller. */
  async findForDelivery(id: string): Promise<Response | null> {
    const row = await this.dataSource.manager.findOneBy(ResponseRow, { id });
    return row && toResponse(row);
  }

  /** What a response goes on from, oldest first. Errors: `context_too_long`, as `readHistory` has it. */
  history(caller: Caller, response: Response, use: HistoryUse = 'run'): Promise<Item[]> {
    return readHistory((sql, values) => this.query(sql, values), caller, response, this.limits, use);
  }

  /** A page of the caller's responses. Null: the filter's `after` names none of them. */
  list(caller: Caller, filter: ResponseFilter): Promise<{ responses: Response[]; hasMore: boolean } | null> {
    return listResponses((sql, values) => this.query(sql, values), caller, filter, this.limits.pageBytesMax);
  }

  /** The caller's items by id, as `findItems` has them. */
  findItems(caller: Caller, ids: readonly string[], signal: AbortSignal): Promise<Map<string, Item[]>> {
    const { contextBytesMax } = this.limits;
    return findItems((sql, values) => this.query(sql, values), caller, ids, contextBytesMax, signal);
  }

  /** The latest response of a conversation that waits for decisions, or the one named if it does; null where none does. */
  async pausedIn(caller: Caller, conversationId: string, responseId: string | null): Promise<string | null> {
    const [row] = await this.query<{ id: string }>(
      `select id from responses.responses
        where user_id = $1 and conversation_id = $2 and status = 'requires_action' and ($3::text is null or id = $3)
        order by created_at desc, id desc limit 1`,
      [caller.userId, conversationId, responseId],
    );
    return row?.id ?? null;
  }

  async hasConversation(caller: Caller, id: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(ConversationRow, { userId: caller.userId, id });
  }

  /** Whether there is a conversation of this id, asked for who may be told so: where ids are not the names that callers choose. */
  async isConversationOfOthers(id: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(ConversationRow, { id });
  }

  /** Makes a conversation unless it is there. */
  async startConversation(caller: Caller, id: string): Promise<void> {
    await this.query(
      'insert into responses.conversations (user_id, id) values ($1, $2) on conflict do nothing',
      [caller.userId, id],
    );
  }

  /**
   * Takes up to `countMax` background responses that wait for a runner, or whose runner is gone. Users take turns, as `dueInTurns` says;
   * the last `firstOnlyMax` places are for users without a run in progress.
   */
  async claim(countMax: number, firstOnlyMax = 0): Promise<Claim[]> {
    return this.claimWhere(dueInTurns, countMax, countMax - firstOnlyMax);
  }

  /** Takes up one response that was queued by a decision, before others may. Null: somebody else has it. */
  async takeUp(id: string): Promise<Claim | null> {
    const dueNow = `due as (
         select id, status from responses.responses
          where id = $6 and attempt < $2 and status = 'queued' limit $1
            for update skip locked)`;
    const [claim] = await this.claimWhere(dueNow, 1, id);
    return claim ?? null;
  }

  /** How many background runs of a user wait for a worker, counted up to `countMax`. */
  async countQueued(userId: string, countMax: number): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      `select count(*)::int as count from (
         select from responses.responses where user_id = $1 and status = 'queued' limit $2) queued`,
      [userId, countMax],
    );
    return row?.count ?? 0;
  }

  private async claimWhere(due: string, countMax: number, ...more: unknown[]): Promise<Claim[]> {
    const rows = await this.query<RawRow & { lease_epoch: number; remaining_ms: number; is_logged: boolean }>(
      `with recursive ${due},
       claimed as (
       update responses.responses r
          set status = 'in_progress', lease_owner = $3, lease_epoch = lease_epoch + 1, attempt = attempt + 1,
              lease_until = clock_timestamp() + $4 * interval '1 ms',
              started_at = coalesce(started_at, clock_timestamp()),
              deadline_at = coalesce(deadline_at, clock_timestamp() + $5 * interval '1 ms')
         from due where r.id = due.id
       returning ${columnsOf('r')}, r.user_id, r.tenant_id, r.background, due.status = 'queued' as was_queued, r.lease_epoch,
                 extract(epoch from r.deadline_at - clock_timestamp()) * 1000 as remaining_ms,
                 exists (select from responses.response_events e where e.response_id = r.id) as is_logged),
       told as (
         insert into responses.outbox (events)
         select json_agg(${claimedEventSql}) from claimed where was_queued having count(*) > 0)
       select ${columns}, lease_epoch, remaining_ms, is_logged from claimed`,
      [
        countMax,
        this.limits.attemptsMax,
        this.owner,
        this.limits.leaseMs,
        this.limits.backgroundTimeoutMs,
        ...more,
      ],
    );
    if (rows.length > 0) this.outbox.hint();
    return rows.map((row) => ({
      lease: { responseId: row.id, epoch: row.lease_epoch },
      response: fromRaw(row),
      remainingMs: Number(row.remaining_ms),
      limitMs: this.limits.backgroundTimeoutMs,
      isLogged: row.is_logged,
    }));
  }

  /** Keeps the leases alive. Returns those that are still held: the others were lost or cancelled. */
  async heartbeat(leases: readonly Lease[]): Promise<Set<Lease>> {
    const rows = await this.query<{ place: number }>(
      `update responses.responses r set lease_until = clock_timestamp() + $3 * interval '1 ms'
         from unnest($1::text[], $2::int[]) with ordinality as held(id, epoch, place)
        where r.id = held.id and r.lease_epoch = held.epoch and r.status = 'in_progress'
       returning held.place::int`,
      [leases.map((lease) => lease.responseId), leases.map((lease) => lease.epoch), this.limits.leaseMs],
    );
    const places = new Set(rows.map((row) => row.place));
    return new Set(leases.filter((_lease, i) => places.has(i + 1)));
  }

  /**
   * Gives a run back unfinished, for anyone to claim at once; it does not count as an attempt. The epoch moves on, so that a heartbeat that is
   * on its way keeps nothing. False: the lease is lost.
   */
  async release(lease: Lease): Promise<boolean> {
    const rows = await this.query(
      `update responses.responses
          set lease_until = clock_timestamp() - interval '1 ms', lease_epoch = lease_epoch + 1, attempt = attempt - 1
        where id = $1 and lease_epoch = $2 and status = 'in_progress' returning id`,
      [lease.responseId, lease.epoch],
    );
    return rows.length === 1;
  }

  /**
   * Gives a run back that could not reach a part of the system, to be claimed after a while; that is not an attempt of its own. False: its
   * time does not last that long, or the lease is lost.
   */
  async postpone(lease: Lease): Promise<boolean> {
    const rows = await this.query(
      `update responses.responses
          set lease_epoch = lease_epoch + 1, attempt = attempt - 1, postponed = postponed + 1,
              lease_until = clock_timestamp() + interval '1 ms' * least($4::float8, $3::float8 * power(2, least(postponed, 30)))
        where id = $1 and lease_epoch = $2 and status = 'in_progress'
          and deadline_at > clock_timestamp() + interval '1 ms' * $4::float8 returning id`,
      [lease.responseId, lease.epoch, this.limits.retryWaitMs, this.limits.leaseMs],
    );
    return rows.length === 1;
  }

  /**
   * Saves how far a run has come, and what others are to be told of it. False: the lease is lost, nothing was written. A database that is
   * away is waited for, as long as the lease may last: what was done is not to be done again.
   */
  async save(lease: Lease, response: Response, events: readonly NewEvent[] = []): Promise<boolean> {
    const key = randomUUID(); // told twice, it is still recognised
    const rows = await outlast(this.limits.leaseMs, () =>
      this.query(
        `with saved as (
           update responses.responses set body = $3
            where id = $1 and lease_epoch = $2 and status = 'in_progress' returning id),
         told as (insert into responses.outbox (key, events) select $5::uuid, $4::json from saved where $4 is not null)
         select id from saved`,
        [lease.responseId, lease.epoch, storableJson(bodyOf(response)), outboxEntry(events), key],
      ),
    );
    if (events.length > 0) this.outbox.hint();
    return rows.length === 1;
  }

  /**
   * Ends a run, or pauses it, together with the last of its log, the webhooks that are due and what others are to be told: `events`, and
   * that it stopped. False: someone else ended it, or has it now, or the answer that it is done was lost. A run that was cancelled still
   * leaves what it had made. A database that is away is waited for, as by `save`.
   */
  async finish(
    lease: Lease,
    response: Response,
    { events = [], lastBurst = null }: { events?: readonly NewEvent[]; lastBurst?: LogBurst | null } = {},
  ): Promise<boolean> {
    const end = async (manager: EntityManager) => {
      const rows = await this.query(
        `with moved as (
           update responses.responses set body = $3, status = $4, lease_owner = null,
                  lease_until = clock_timestamp() + $5 * interval '1 ms'
            where id = $1 and lease_epoch = $2 and status = 'in_progress' returning id),
         told as (insert into responses.outbox (events) select $6::json from moved)
         select id from moved`,
        [
          lease.responseId,
          lease.epoch,
          storableJson(bodyOf(response)),
          response.status,
          this.pauseMs(response),
          outboxEntry([...events, ...movedEvents(response)]),
        ],
        manager,
      );
      if (rows.length !== 1) return false;
      if (lastBurst) await this.log.appendWithin(manager, response.id, lastBurst);
      await addDeliveries(manager, response);
      if (hasContent(response)) await writeTurn(this.queryIn(manager), response);
      return true;
    };
    const isFinished = await outlast(this.limits.leaseMs, () => this.transaction(end));
    if (!isFinished) await this.keepPartialOutput(lease, response, events);
    this.outbox.hint();
    return isFinished;
  }

  private async keepPartialOutput(
    lease: Lease,
    response: Response,
    events: readonly NewEvent[],
  ): Promise<void> {
    const { output, usage, modelUsed } = response;
    await this.query(
      `with kept as (
         update responses.responses set body = body || $3
          where id = $1 and lease_epoch = $2 and status = 'cancelled' returning id)
       insert into responses.outbox (events) select $4::json from kept where $4 is not null`,
      [
        lease.responseId,
        lease.epoch,
        storableJson({ output, usage, modelUsed }),
        outboxEntry([...events, ...usageEvents(response)]),
      ],
    );
  }

  /** Tells what a run has used that leaves no row: nothing else of it is written. Rejects where that cannot be kept. */
  async tellUsage(response: Response): Promise<void> {
    await Promise.all(usageEvents(response).map((event) => this.usages.add(event)));
  }

  /**
   * Decides about pending calls of a paused response, and lets it go on where nothing is left to decide or something was approved: `here`,
   * under a lease of this process, or, as background runs do anyway, queued for whoever takes it up. Of two that decide about one call the
   * first wins. Null: there is no such response. Errors: those of the engine's `decide`.
   */
  async decide(
    caller: Caller,
    id: string,
    decisions: readonly Decision[],
    goesOn: 'here' | 'queued',
  ): Promise<DecidedRun | null> {
    if (!isId('response', id)) return null;
    const decided = await this.transaction(async (manager) => {
      const paused = await this.lock(manager, caller, id);
      if (!paused) return null;
      const { response, events } = decide(paused, decisions, { newId });
      await manager.insert(
        ToolDecisionRow,
        decisions.map((decision) => auditDecision(caller, paused, decision)),
      );
      if (response.output.some(isPending) && !response.output.some(isApproved)) {
        await this.query(
          'update responses.responses set body = $2 where id = $1',
          [id, storableJson(bodyOf(response))],
          manager,
        );
        return { response, events, lease: null };
      }
      const isOurs = goesOn === 'here' && !response.background;
      const status = isOurs ? 'in_progress' : 'queued';
      const [row] = await this.query<{ lease_epoch: number }>(
        `update responses.responses
            set body = $2, status = $3, background = background or $3 = 'queued', attempt = 0, deadline_at = null,
                lease_owner = $4, lease_epoch = lease_epoch + 1,
                lease_until = clock_timestamp() + $5 * interval '1 ms'
          where id = $1 and status = 'requires_action' returning lease_epoch`,
        [
          id,
          storableJson(bodyOf(response)),
          status,
          isOurs ? this.owner : null,
          isOurs ? this.limits.leaseMs : this.headStartMs(response),
        ],
        manager,
      );
      if (!row) throw new Error(`the locked response ${id} is not paused`);
      const lease = isOurs ? { responseId: id, epoch: row.lease_epoch } : null;
      const moved: Response = { ...response, status };
      await writeEvents(manager, 'responses', movedEvents(moved));
      return { response: moved, events, lease };
    });
    this.outbox.hint();
    return decided;
  }

  /** The decisions about a response's calls, oldest first. */
  async decisions(caller: Caller, id: string): Promise<DecisionRecord[]> {
    const rows = await this.dataSource.manager.find(ToolDecisionRow, {
      where: { responseId: id, userId: caller.userId },
      order: { decidedAt: 'asc', id: 'asc' },
    });
    return rows.map((row) => ({ ...row, decidedAt: row.decidedAt.getTime() }));
  }

  private headStartMs(response: Response): number {
    return response.onPause === 'hold' ? this.limits.headStartMs : 0;
  }

  private async lock(
    manager: EntityManager,
    caller: Pick<Caller, 'userId'>,
    id: string,
  ): Promise<Response | null> {
    const row = await manager.findOne(ResponseRow, {
      where: { id, userId: caller.userId },
      lock: { mode: 'pessimistic_write' },
    });
    return row && toResponse(row);
  }

  /**
   * Cancels what is not final. Returns the response as it is then, and whether this call cancelled it; null where there is none.
   */
  async cancel(caller: Caller, id: string): Promise<{ response: Response; wasCancelled: boolean } | null> {
    if (!isId('response', id)) return null;
    const outcome = await this.transaction(async (manager) => {
      const response = await this.lock(manager, caller, id);
      if (!response) return null;
      if (isFinal(response.status)) return { response, wasCancelled: false };
      const cancelled = cancelledFrom(response, await this.now(manager));
      return { response: await this.end(manager, cancelled), wasCancelled: true };
    });
    if (outcome?.wasCancelled) this.outbox.hint();
    return outcome;
  }

  /** Removes a response and all that hangs on it. Whoever runs it finds its lease gone. False: there is none. */
  async delete(caller: Caller, id: string): Promise<boolean> {
    if (!isId('response', id)) return false;
    return this.transaction(async (manager) => {
      const { affected } = await manager.delete(ResponseRow, { id, userId: caller.userId });
      if (affected === 1) await removeTurn(this.queryIn(manager), { id, userId: caller.userId });
      return affected === 1;
    });
  }

  /**
   * Ends what nobody will end: foreground runs whose process is gone, runs past their deadline or their attempts, pauses that nobody
   * answered. Safe on every instance at once. Rows beyond its bounds are left to the next one.
   */
  async sweep(): Promise<Response[]> {
    const ended = await this.transaction(async (manager) => {
      const rows = await this.query<RawRow & { reason: SweepReason }>(
        `with due as (
           select ${columns}, created_at, coalesce(body_bytes, octet_length(body::text)) as bytes,
                  case when status = 'requires_action' then 'pause'
                       when deadline_at < clock_timestamp() then 'deadline'
                       when background then 'attempts'
                       else 'process' end as reason
             from responses.responses
            where (status = 'in_progress' and lease_until < clock_timestamp() and (not background or attempt >= $1))
               or (status = 'in_progress' and deadline_at < clock_timestamp() - $2 * interval '1 ms')
               or (status = 'requires_action' and lease_until < clock_timestamp())
            order by created_at limit ${sweepRowsMax}
              for update skip locked),
         measured as (
           select due.*, sum(bytes) over (order by created_at, id) - bytes as bytes_before from due)
         select ${columns}, reason from measured where bytes_before < $3 order by created_at, id`,
        [this.limits.attemptsMax, this.limits.leaseMs, this.limits.pageBytesMax],
        manager,
      );
      const nowMs = rows.length > 0 ? await this.now(manager) : 0;
      const failed: Response[] = [];
      for (const row of rows)
        failed.push(await this.end(manager, failedFrom(fromRaw(row), row.reason, this.limits, nowMs)));
      return failed;
    });
    if (ended.length > 0) this.outbox.hint();
    return ended;
  }

  /**
   * Removes responses that were made longer ago than this and where nothing is to come any more, with all that hangs on them, oldest first
   * and up to `countMax`: final ones, and those whose calls were handed back to their caller. Ids begin with the time they were made at,
   * so the primary key finds them.
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
      [firstIdAt('response', (await this.now()) - retentionMs), finalStatuses, countMax],
    );
    return rows.length;
  }

  /**
   * Writes a response's end over whatever state it is in; the caller holds the row's lock and has looked at its status. Items that its
   * log tells of and its row does not have are kept as far as they came.
   */
  private async end(manager: EntityManager, ended: Response): Promise<Response> {
    const told = await this.log.told(ended, manager);
    const response = told ? keepUnfinished(ended, told.response) : ended;
    await this.query(
      `with ended as (
         update responses.responses
            set body = $2, status = $3, lease_owner = null, lease_until = null
          where id = $1 and not status = any($4) returning id)
       insert into responses.outbox (events) select $5::json from ended`,
      [
        response.id,
        storableJson(bodyOf(response)),
        response.status,
        finalStatuses,
        outboxEntry(movedEvents(response)),
      ],
      manager,
    );
    if (told) {
      const events = [
        ...catchUp(told.response, response),
        { type: `response.${response.status}` as const, response },
      ];
      await this.log.appendWithin(manager, response.id, {
        firstSeq: told.nextSeq,
        entries: events.map(toLogEntry),
      });
    }
    await addDeliveries(manager, response);
    if (response.conversationId !== null) await removeTurn(this.queryIn(manager), response);
    return response;
  }

  private async insertAll(rows: readonly NewRow[], manager?: EntityManager): Promise<void[]> {
    const records = rows.map((row) => storableJson({ ...toNewRow(row), lease_ms: this.firstLeaseMs(row) }));
    await this.query(
      `with told as (insert into responses.outbox (events) values ($2))
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
      manager,
    );
    this.outbox.hint();
    for (const [place, { response }] of rows.entries())
      this.use.add(response.userId, records[place]?.length ?? 0);
    return rows.map(() => undefined);
  }

  private async tellAll(events: readonly NewEvent[]): Promise<void[]> {
    await this.query('insert into responses.outbox (events) values ($1)', [outboxEntry(events)]);
    this.outbox.hint();
    return events.map(() => undefined);
  }

  private firstLeaseMs({ response, leaseOwner }: NewRow): number | null {
    return leaseOwner === null ? this.pauseMs(response) : this.limits.leaseMs;
  }

  /** A paused response keeps in its lease column until when it waits; a final one keeps nothing there. */
  private pauseMs(response: Response): number | null {
    return response.status === 'requires_action' ? this.limits.pauseMs[response.onPause] : null;
  }

  private async now(manager?: EntityManager): Promise<number> {
    const [row] = await this.query<{ ms: string }>(
      'select extract(epoch from clock_timestamp()) * 1000 as ms',
      [],
      manager,
    );
    return Math.round(Number(row?.ms));
  }

  private transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.dataSource.transaction(work);
  }

  private async query<Row extends object>(
    sql: string,
    values: unknown[],
    manager?: EntityManager,
  ): Promise<Row[]> {
    try {
      return await runSql<Row>(this.dataSource, sql, values, manager);
    } catch (error) {
      throw isLocked(error) ? locked(error) : error;
    }
  }

  private queryIn(manager: EntityManager) {
    return <Row extends object>(sql: string, values: unknown[]) => this.query<Row>(sql, values, manager);
  }
}

function isApproved(item: Item): boolean {
  return item.type === 'function_call' && item.state === 'approved';
}

/** Thrown within a transaction to undo it. */
const keyTaken = new Error('the key is taken');

function firstLease(response: Response): Lease {
  return { responseId: response.id, epoch: 1 };
}

type SweepReason = 'pause' | 'deadline' | 'attempts' | 'process';

/** Whether what came of a run is something to go on from. */
function hasContent({ status }: Response): boolean {
  return status === 'completed' || status === 'incomplete' || status === 'requires_action';
}

/** The index by which one run of a conversation keeps out the others, for as long as its row says that it runs. */
function isLocked(error: unknown): boolean {
  return (
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'responses_running_in_conversation'
  );
}

function locked(cause: unknown): AppError {
  return new AppError(
    'conversation_locked',
    'Another response is being made in this conversation: wait for its end.',
    { param: 'conversationId', cause },
  );
}

function cancelledFrom(response: Response, nowMs: number): Response {
  return { ...response, status: 'cancelled', cancelledAt: nowMs };
}

function failedFrom(response: Response, reason: SweepReason, limits: StoreLimits, nowMs: number): Response {
  return { ...response, status: 'failed', completedAt: nowMs, error: sweepError(reason, limits).toInfo() };
}

function sweepError(reason: SweepReason, limits: StoreLimits): AppError {
  switch (reason) {
    case 'pause':
      return new AppError('run_timeout', 'Nobody decided about the pending tool calls in time.');
    case 'deadline':
      return new AppError('run_timeout', `The run took longer than ${limits.backgroundTimeoutMs / 1000} s.`);
    case 'attempts':
      return new AppError('interrupted', `The run was interrupted ${limits.attemptsMax} times and given up.`);
    case 'process':
      return new AppError('interrupted', 'The server that ran this response stopped. Create it again.');
  }
}
