import { randomUUID } from 'node:crypto';
import { AppError, type NewEvent, type Response } from '@antiphon/contracts';
import { GroupCommit, outboxEntry, OutboxHint } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { databaseNowMs, type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { retryWhileUnavailable } from '../database/retry-while-unavailable.ts';
import { LEASE_OWNER, pauseMsOf, STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { EventLogStore, type LogBurst } from '../event-log/event-log.store.ts';
import { claimedEventSql, usageEvent } from '../event-log/response-events.ts';
import { endResponse } from '../responses/end-response.ts';
import { bodyOf, columns, columnsOf, fromRaw, type RawRow, storableJson } from '../responses/response-row.ts';
import { addDeliveries } from '../webhooks/add-deliveries.ts';
import { DeliverySignal } from '../webhooks/delivery-signal.ts';
import { type EndOutcome, finishRuns, isDelivered, type RunEnd } from './finish-runs.ts';
import { dueColumns, dueInTurns } from './due-in-turns.ts';
import type { Claim, Lease } from './lease.ts';

/** How many rows one sweep ends. */
const sweepRowsMax = 100;
/** How many runs one statement ends. */
const endsMax = 50;

/** The claim of one response by id, before any worker may claim it. */
const dueNow = `due as (
     select ${dueColumns}, 1 as place from responses.responses r
      where r.id = $6 and r.attempt < $2 and r.status = 'queued' limit $1
        for update skip locked)`;

/**
 * Leases of runs in PostgreSQL, from the claim to the end. Each update of a holder is guarded by its epoch; its row count says whether the
 * lease was still held. Outbox events are written in the same statement.
 */
@Injectable()
export class LeaseStore {
  private readonly query: Query;
  private readonly ends: GroupCommit<RunEnd, EndOutcome>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: EventLogStore,
    private readonly outbox: OutboxHint,
    private readonly deliveries: DeliverySignal,
    @Inject(LEASE_OWNER) private readonly owner: string,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
    this.ends = new GroupCommit((ends) => finishRuns(this.query, ends), { rowsMax: endsMax });
  }

  /**
   * Claims up to `countMax` background responses that are queued, or whose runner has lost its lease, and up to the one that reaches
   * `bytesMax` with the largest history that it may have. Users take turns (`dueInTurns`); the last `firstOnlyMax` places are for users
   * without a run in progress.
   */
  async claim(
    countMax: number,
    { firstOnlyMax = 0, bytesMax = Infinity }: { firstOnlyMax?: number; bytesMax?: number } = {},
  ): Promise<Claim[]> {
    return this.claimWhere(dueInTurns, countMax, countMax - firstOnlyMax, bytesMax);
  }

  /** Claims one response that a decision queued, before the workers may. Null: another process has claimed it. */
  async takeUp(id: string): Promise<Claim | null> {
    const [claim] = await this.claimWhere(dueNow, 1, id, Infinity);
    return claim ?? null;
  }

  /** `which` is $6 of the CTE `due`. */
  private async claimWhere(
    due: string,
    countMax: number,
    which: unknown,
    bytesMax: number,
  ): Promise<Claim[]> {
    const claimedAtMs = performance.now();
    const rows = await this.query<ClaimedRow>(
      `with recursive ${due},
       taken as (
         select * from (select due.*, sum(bytes_max) over (order by place) - bytes_max as bytes_before from due) measured
          where bytes_before < $7::float8),
       claimed as (
       update responses.responses r
          set status = 'in_progress', lease_owner = $3, lease_epoch = lease_epoch + 1, attempt = attempt + 1,
              lease_until = clock_timestamp() + $4 * interval '1 ms',
              started_at = coalesce(started_at, clock_timestamp()),
              deadline_at = coalesce(deadline_at, clock_timestamp() + $5 * interval '1 ms')
         from taken where r.id = taken.id
       returning ${columnsOf('r')}, r.user_id, r.tenant_id, r.background, taken.status = 'queued' as was_queued, r.lease_epoch,
                 taken.bytes, taken.bytes_max,
                 extract(epoch from r.deadline_at - clock_timestamp()) * 1000 as remaining_ms,
                 exists (select from responses.response_events e where e.response_id = r.id) as is_logged),
       published as (
         insert into responses.outbox (events)
         select json_agg(${claimedEventSql}) from claimed where was_queued having count(*) > 0)
       select ${columns}, lease_epoch, remaining_ms, is_logged, bytes, bytes_max from claimed`,
      [
        countMax,
        this.limits.attemptsMax,
        this.owner,
        this.limits.leaseMs,
        this.limits.backgroundTimeoutMs,
        which,
        bytesMax,
        this.limits.contextBytesMax,
      ],
    );
    if (rows.length > 0) this.outbox.hint();
    return rows.map((row) => ({
      lease: { responseId: row.id, epoch: row.lease_epoch, claimedAtMs },
      response: fromRaw(row),
      remainingMs: Number(row.remaining_ms),
      limitMs: this.limits.backgroundTimeoutMs,
      isLogged: row.is_logged,
      bytes: row.bytes,
      bytesMax: Number(row.bytes_max),
    }));
  }

  /** Extends the leases; rows are locked in the order of their ids, as `finishRuns` locks them. Returns those that are still held: the others were lost, or their responses cancelled. */
  async heartbeat(leases: readonly Lease[]): Promise<Set<Lease>> {
    const rows = await this.query<{ place: number }>(
      `with held as (
         select r.id, held.epoch, held.place
           from unnest($1::text[], $2::int[]) with ordinality as held(id, epoch, place)
           join responses.responses r on r.id = held.id
          where r.lease_epoch = held.epoch and r.status = 'in_progress'
          order by r.id for no key update of r)
       update responses.responses r set lease_until = clock_timestamp() + $3 * interval '1 ms'
         from held where r.id = held.id and r.lease_epoch = held.epoch and r.status = 'in_progress'
       returning held.place::int`,
      [leases.map((lease) => lease.responseId), leases.map((lease) => lease.epoch), this.limits.leaseMs],
    );
    const places = new Set(rows.map((row) => row.place));
    return new Set(leases.filter((_lease, i) => places.has(i + 1)));
  }

  /**
   * Gives a run back unfinished, to be claimed at once; this attempt does not count. The epoch moves on, so that a late heartbeat does not
   * keep the lease. False: the lease is lost.
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
   * Gives back a run after a part of the system was unavailable, to be claimed after a while; this attempt does not count. False: the
   * run's time ends before that, or the lease is lost.
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
   * Saves the progress of a run with its outbox events. False: the lease is lost, and nothing was written. Waits for a database that is
   * unavailable as long as the lease may last, so that finished work is not repeated.
   */
  async checkpoint(lease: Lease, response: Response, events: readonly NewEvent[] = []): Promise<boolean> {
    const key = randomUUID(); // a repeated write carries the same key, so that readers recognise its events
    const rows = await retryWhileUnavailable(this.limits.leaseMs, () =>
      this.query(
        `with saved as (
           update responses.responses set body = $3
            where id = $1 and lease_epoch = $2 and status = 'in_progress' returning id),
         published as (insert into responses.outbox (key, events) select $5::uuid, $4::json from saved where $4 is not null)
         select id from saved`,
        [lease.responseId, lease.epoch, storableJson(bodyOf(response)), outboxEntry(events), key],
      ),
    );
    if (events.length > 0) this.outbox.hint();
    return rows.length === 1;
  }

  /**
   * Ends or pauses a run, together with the last burst of its log, its webhook deliveries and its outbox events: `events`, and the event that it
   * stopped. False: another process ended it or holds it, or the answer to the commit was lost. A cancelled response still keeps the
   * output made so far. Waits for the database as `checkpoint` does.
   */
  async finish(
    lease: Lease,
    response: Response,
    { events = [], lastBurst = null }: { events?: readonly NewEvent[]; lastBurst?: LogBurst | null } = {},
  ): Promise<boolean> {
    const end = { lease, response, pauseMs: pauseMsOf(this.limits, response), events, lastBurst };
    const { leaseMs } = this.limits;
    let outcome: EndOutcome | undefined = await retryWhileUnavailable(leaseMs, () => this.ends.add(end));
    const hasEndpoints = outcome === 'has_endpoints';
    if (hasEndpoints) outcome = await retryWhileUnavailable(leaseMs, () => this.finishWithEndpoints(end));
    const isFinished = outcome === 'ended';
    if (!isFinished) await this.keepPartialOutput(lease, response, events);
    this.outbox.hint();
    if (isFinished && isDelivered(response) && (hasEndpoints || response.webhookUrl !== null))
      this.deliveries.ring();
    return isFinished;
  }

  /** Ends a run whose owner has webhook endpoints. They are locked, so that none is deleted before its delivery is committed. */
  private finishWithEndpoints(end: RunEnd): Promise<EndOutcome | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const [outcome] = await finishRuns(queryIn(manager), [end], { endpoints: 'apart' });
      if (outcome === 'ended') await addDeliveries(manager, end.response);
      return outcome;
    });
  }

  private async keepPartialOutput(
    lease: Lease,
    response: Response,
    events: readonly NewEvent[],
  ): Promise<void> {
    const { output, usage, turns, modelUsed } = response;
    await this.query(
      `with kept as (
         update responses.responses set body = body || $3
          where id = $1 and lease_epoch = $2 and status = 'cancelled' returning id)
       insert into responses.outbox (events) select $4::json from kept`,
      [
        lease.responseId,
        lease.epoch,
        storableJson({ output, usage, turns, modelUsed }),
        outboxEntry([...events, usageEvent(response)]),
      ],
    );
  }

  /**
   * Fails responses that no process will end: foreground runs whose process is gone, runs past their deadline or their attempts, pauses
   * past their time. Returns them. Several processes may sweep at once. Rows beyond the bounds of one sweep are left to the next.
   */
  async sweep(): Promise<Response[]> {
    const ended = await this.dataSource.transaction(async (manager) => {
      const query = queryIn(manager);
      const rows = await query<RawRow & { reason: SweepReason }>(
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
      );
      const completedAt = rows.length > 0 ? await databaseNowMs(query) : 0;
      const failed: Response[] = [];
      for (const row of rows) {
        const error = sweepError(row.reason, this.limits).toInfo();
        failed.push(
          await endResponse(manager, this.log, { ...fromRaw(row), status: 'failed', completedAt, error }),
        );
      }
      return failed;
    });
    if (ended.length > 0) this.outbox.hint();
    return ended;
  }
}

interface ClaimedRow extends RawRow {
  lease_epoch: number;
  remaining_ms: number;
  is_logged: boolean;
  bytes: number;
  /** PostgreSQL's bigint as text. */
  bytes_max: string;
}

type SweepReason = 'pause' | 'deadline' | 'attempts' | 'process';

function sweepError(reason: SweepReason, limits: StoreLimits): AppError {
  switch (reason) {
    case 'pause':
      return new AppError('run_timeout', 'The pending tool calls were not decided in time.');
    case 'deadline':
      return new AppError('run_timeout', `The run took longer than ${limits.backgroundTimeoutMs / 1000} s.`);
    case 'attempts':
      return new AppError('interrupted', `The run was interrupted ${limits.attemptsMax} times and given up.`);
    case 'process':
      return new AppError('interrupted', 'The server that ran this response stopped. Create it again.');
  }
}
