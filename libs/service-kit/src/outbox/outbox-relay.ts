import { setTimeout as delay } from 'node:timers/promises';
import { WakeUp } from '@antiphon/async';
import type { NewEvent } from '@antiphon/contracts';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import type { DataSource, QueryRunner } from 'typeorm';
import { runPrepared } from '../database/prepared-statement.ts';
import { metrics } from '../telemetry/metrics.ts';
import type { EventStream, StreamMessage } from './event-stream.ts';
import type { OutboxConfig } from './outbox-config.ts';

const publishedTotal = new Counter({
  name: 'events_published_total',
  help: 'Events that the stream keeps, by subject; those published again after a failure count again',
  labelNames: ['subject'] as const,
  registers: [metrics],
});

interface OutboxRow {
  id: string;
  key: string;
  events: NewEvent[];
  created_at: Date;
}

/** How a round ended: no rows are left, another process relays, or NATS or the database failed. */
type Outcome = 'empty' | 'busy' | 'failed';

/**
 * Publishes the rows of an outbox, oldest first, then removes them. Of all processes that share an outbox one publishes at a time, by a
 * lock of its database session, so that the events of one resource are published in the order of their commits; where that process
 * dies, its lock is released with its session. Every row is published regardless of its id: a row with a lower id may be committed later.
 * A process that dies between publishing and removing leaves rows that are published again under the same ids.
 */
export class OutboxRelay {
  private readonly stopping = new AbortController();
  private readonly lockName: string;
  private readonly hints = new WakeUp();
  private isPrepared = false;
  private failures = 0;
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string,
    private readonly stream: EventStream,
    private readonly config: OutboxConfig,
    private readonly logger: Logger,
  ) {
    this.lockName = `antiphon.outbox.${schema}`;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Rows were committed. */
  hint(): void {
    this.hints.ring();
  }

  /** Resolves when nothing is under way any more. What is left stays in the outbox. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const outcome = await this.round();
      this.failures = outcome === 'failed' ? this.failures + 1 : 0;
      await this.pause();
      // The publishing process may have read the outbox before this process's last commit, so this process reads it again.
      if (outcome === 'empty') await this.hints.next(this.config.pollMs, this.stopping.signal);
    }
  }

  private async round(): Promise<Outcome> {
    if (!this.stream.isConnected) return 'failed';
    try {
      if (!this.isPrepared) await this.stream.prepare(this.config.stream);
      this.isPrepared = true;
      return await this.drain();
    } catch (error) {
      // A stream that was lost with its server's disk is made again.
      this.isPrepared = false;
      if (this.failures === 0)
        this.logger.warn({ error: (error as Error).message }, 'events could not be published: they are kept');
      return 'failed';
    }
  }

  private async drain(): Promise<Outcome> {
    const session = this.dataSource.createQueryRunner();
    try {
      if (!(await this.lock(session))) return 'busy';
      try {
        while (!this.stopping.signal.aborted && (await this.relayBatch(session)));
        return 'empty';
      } finally {
        await runPrepared(session, 'select pg_advisory_unlock(hashtext($1))', [this.lockName]);
      }
    } finally {
      await session.release();
    }
  }

  private async lock(session: QueryRunner): Promise<boolean> {
    const lock = 'select pg_try_advisory_lock(hashtext($1)) as locked';
    const [row] = await runPrepared<{ locked: boolean }>(session, lock, [this.lockName]);
    return row?.locked === true;
  }

  /** False once nothing is left. No transaction is open while the stream is waited for. */
  private async relayBatch(session: QueryRunner): Promise<boolean> {
    const rows = await runPrepared<OutboxRow>(
      session,
      `select id, key, events, created_at from ${this.schema}.outbox order by id limit $1`,
      [this.config.rowsMax],
    );
    if (rows.length === 0) return false;
    const messages = rows.flatMap((row) => this.messagesOf(row));
    await this.stream.publish(messages, this.config.stream.ackTimeoutMs);
    for (const { subject } of messages) publishedTotal.inc({ subject });
    const ids = rows.map(({ id }) => id);
    await runPrepared(session, `delete from ${this.schema}.outbox where id = any($1)`, [ids]);
    return rows.length === this.config.rowsMax;
  }

  private messagesOf({ key, events, created_at }: OutboxRow): StreamMessage[] {
    const occurredAt = created_at.getTime();
    return events.map(({ subject, version, data }, place) => ({
      id: `${key}.${place}`,
      subject,
      body: JSON.stringify({ version, occurredAt, data }),
    }));
  }

  /** Between any two rounds; longer after each that failed. */
  private pause(): Promise<void> {
    const { pauseMs, backoffMaxMs } = this.config;
    const backoffMs = Math.min(pauseMs * 2 ** this.failures, backoffMaxMs) * (0.5 + Math.random() / 2);
    return this.sleep(this.failures === 0 ? pauseMs : backoffMs);
  }

  private async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
