import { randomUUID } from 'node:crypto';
import type { NewEvent, Response } from '@antiphon/contracts';
import { isLastEntry, type LogEntry, Replay } from '@antiphon/engine';
import { outboxEntry } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Query, queryIn, queryOn } from '../database/raw-sql.ts';
import { retryWhileUnavailable } from '../database/retry-while-unavailable.ts';
import { STORE_LIMITS, type StoreLimits } from '../database/store-limits.ts';
import { bodyOf, storableJson } from '../responses/response-row.ts';
import type { Lease } from '../runs/lease.ts';

/** Entries of one response's log that follow each other and are written together. */
export interface LogBurst {
  /** The number of the first one; a log begins with 0 and has no gaps. */
  firstSeq: number;
  entries: readonly LogEntry[];
}

/** The limits of one page of a log: bursts, and their bytes of JSON. A page ends with the burst that reaches one of them. */
export interface LogPageLimits {
  burstsMax: number;
  bytesMax: number;
}

export interface LogPage {
  bursts: LogBurst[];
  /** Whether the log goes on after the page. */
  hasMore: boolean;
}

/** The progress of a run, with its outbox events. */
export interface RunProgress {
  response: Response;
  events: readonly NewEvent[];
}

/** The page size for reading a whole log. */
const wholeRead: LogPageLimits = { burstsMax: 500, bytesMax: 8 * 1024 * 1024 };

/**
 * The event logs of background streams: rows of bursts. Only two may write: the runner under its lease's epoch, and a transaction that holds
 * the response's row.
 */
@Injectable()
export class EventLogStore {
  private readonly query: Query;

  constructor(
    dataSource: DataSource,
    @Inject(STORE_LIMITS) private readonly limits: StoreLimits,
  ) {
    this.query = queryOn(dataSource);
  }

  /**
   * Adds a burst for the holder of a lease, with `progress` in the same statement as the run's progress. False: the lease is lost, and nothing
   * was written. Waits for a database that is unavailable: writing a burst again, also a longer one, replaces it.
   */
  async append(lease: Lease, burst: LogBurst, progress?: RunProgress): Promise<boolean> {
    const values: unknown[] = [lease.responseId, lease.epoch, ...burstValues(burst)];
    if (progress)
      values.push(storableJson(bodyOf(progress.response)), outboxEntry(progress.events), randomUUID());
    const rows = await retryWhileUnavailable(this.limits.leaseMs, () =>
      this.query(progress ? appendWithProgress : appendAlone, values),
    );
    return rows.length === 1;
  }

  /** Adds a burst within the transaction that stores, pauses or ends its response. */
  async appendWithin(manager: EntityManager, responseId: string, burst: LogBurst): Promise<void> {
    await queryIn(manager)(
      `insert into responses.response_events (response_id, first_seq, last_seq, events, is_last)
       values ($1, $2, $3, $4, $5) ${orAgain}`,
      [responseId, ...burstValues(burst)],
    );
  }

  /** A page of the log, from the burst that holds entry `seq` on. */
  async read(
    responseId: string,
    seq: number,
    { burstsMax, bytesMax }: LogPageLimits,
    manager?: EntityManager,
  ): Promise<LogPage> {
    const query = manager ? queryIn(manager) : this.query;
    const rows = await query<{ first_seq: number; events: LogEntry[]; found: number }>(
      `with page as (
         select first_seq, events, octet_length(events::text) as bytes from responses.response_events
          where response_id = $1 and last_seq >= $2
            and first_seq >= coalesce((select max(first_seq) from responses.response_events
                                        where response_id = $1 and first_seq <= $2), 0)
          order by first_seq limit $3),
       measured as (
         select first_seq, events, sum(bytes) over (order by first_seq) - bytes as bytes_before,
                count(*) over ()::int as found
           from page)
       select first_seq, events, found from measured where bytes_before < $4 order by first_seq`,
      [responseId, seq, burstsMax, bytesMax],
    );
    const found = rows[0]?.found ?? 0;
    return {
      bursts: rows.map((row) => ({ firstSeq: row.first_seq, entries: row.events })),
      hasMore: found === burstsMax || found > rows.length,
    };
  }

  /** The number of the next entry of a log that is kept; null where the response has none. */
  async nextSeq(responseId: string, manager: EntityManager): Promise<number | null> {
    const [last] = await queryIn(manager)<{ last_seq: number }>(
      'select last_seq from responses.response_events where response_id = $1 order by first_seq desc limit 1',
      [responseId],
    );
    return last ? last.last_seq + 1 : null;
  }

  /** The response as its log has it, and the number of the log's next entry. Null where it has no log. */
  async replay(
    response: Response,
    manager?: EntityManager,
  ): Promise<{ response: Response; nextSeq: number } | null> {
    const replay = new Replay(response);
    let nextSeq = 0;
    for (;;) {
      const { bursts, hasMore } = await this.read(response.id, nextSeq, wholeRead, manager);
      for (const { firstSeq, entries } of bursts) {
        for (const entry of entries.slice(nextSeq - firstSeq)) replay.take(entry);
        nextSeq = firstSeq + entries.length;
      }
      if (!hasMore) return nextSeq === 0 ? null : { response: replay.known, nextSeq };
    }
  }

  /** Removes up to `countMax` logs of responses that ended more than `retentionMs` ago. Their events are rebuilt from the responses from then on. */
  async sweep(retentionMs: number, countMax: number): Promise<number> {
    const rows = await this.query<{ response_id: string }>(
      `with old as (
         select response_id from responses.response_events
          where is_last and written_at < clock_timestamp() - $1 * interval '1 ms'
          order by written_at limit $2
            for update skip locked)
       delete from responses.response_events e using old where e.response_id = old.response_id
       returning e.response_id`,
      [retentionMs, countMax],
    );
    return new Set(rows.map((row) => row.response_id)).size;
  }
}

/** A burst that is written again, also a longer one, replaces the first. */
export const orAgain = `on conflict (response_id, first_seq)
  do update set last_seq = excluded.last_seq, events = excluded.events, is_last = excluded.is_last`;

const insertHeld = `insert into responses.response_events (response_id, first_seq, last_seq, events, is_last)
  select id, $3, $4, $5, $6 from held ${orAgain} returning first_seq`;

const appendAlone = `
  with held as (
    select id from responses.responses
     where id = $1 and lease_epoch = $2 and status = 'in_progress' for share)
  ${insertHeld}`;

const appendWithProgress = `
  with held as (
    update responses.responses set body = $7
     where id = $1 and lease_epoch = $2 and status = 'in_progress' returning id),
  published as (insert into responses.outbox (key, events) select $9::uuid, $8::json from held where $8 is not null)
  ${insertHeld}`;

function burstValues({ firstSeq, entries }: LogBurst): unknown[] {
  return [firstSeq, firstSeq + entries.length - 1, storableJson(entries), entries.some(isLastEntry)];
}
