import { every, type Repetition } from '@antiphon/async';
import { newEvent, userRemoved } from '@antiphon/contracts';
import { type Logger, LOGGER, OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { authSchema } from '../database.ts';

type Reaped = 'guests' | 'sessions' | 'refreshTokens' | 'revokedTokens' | 'usageRollups' | 'usageRecords';

/** The most by which clocks differ: a token that has expired here may still be valid elsewhere. */
const skewMarginMs = 60_000;
/** The most batches of one kind a round. The next round removes the rest. */
const batchesMax = 20;

/** Removes idle guests, ended sessions, used refresh tokens, expired revocations and old usage, in short batches. Instances share the work. */
@Injectable()
export class Reaper implements OnModuleInit, OnModuleDestroy {
  private reaping: Repetition | null = null;

  constructor(
    private readonly database: DataSource,
    @Inject(AUTH_CONFIG)
    private readonly config: Pick<AuthConfig, 'reaper' | 'sessions' | 'accessTokens' | 'usage'>,
    private readonly outbox: OutboxHint,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.reaping = every(
      this.config.reaper.intervalMs,
      async () => void (await this.reap()),
      (error) =>
        this.logger.error({ err: error }, 'removing expired rows failed: the next round tries again'),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.reaping?.stop();
  }

  /** Runs one round. Returns how many rows of each kind it removed; dependent rows go with them. Publishes `users.removed` for guests. */
  async reap(): Promise<Record<Reaped, number>> {
    const { sessions, accessTokens, usage } = this.config;
    const removed = {
      guests: await this.drain(() => this.removeIdleGuests()),
      sessions: await this.drain(() => this.remove(deleteEndedSessions, accessTokens.ttlMs + skewMarginMs)),
      // A used token is kept as long as an unused one: a second use in that time shows that it was stolen.
      refreshTokens: await this.drain(() => this.remove(deleteUsedRefreshTokens, sessions.refreshTtlMs)),
      revokedTokens: await this.drain(() => this.remove(deleteExpiredRevocations, skewMarginMs)),
      usageRollups: await this.drain(() => this.remove(deleteOldUsage, usage.keptMs)),
      usageRecords: await this.drain(() => this.remove(deleteOldRecords, usage.recordsKeptMs)),
    };
    if (Object.values(removed).some((count) => count > 0)) this.logger.info(removed, 'removed expired rows');
    return removed;
  }

  private async drain(removeBatch: () => Promise<number>): Promise<number> {
    let total = 0;
    for (let batch = 0; batch < batchesMax; batch++) {
      const count = await removeBatch();
      total += count;
      if (count < this.config.reaper.batch) break;
    }
    return total;
  }

  private async remove(statement: string, keptMs: number): Promise<number> {
    const [, count]: [unknown, number] = await this.database.query(statement, this.bounds(keptMs));
    return count;
  }

  private async removeIdleGuests(): Promise<number> {
    const { guestTtlMs } = this.config.reaper;
    const count = await this.database.transaction(async (db) => {
      const guests: { id: string }[] = await db.query(deleteIdleGuests, this.bounds(guestTtlMs));
      await writeEvents(
        db,
        authSchema.schema,
        guests.map(({ id: userId }) => newEvent(userRemoved, { userId })),
      );
      return guests.length;
    });
    if (count > 0) this.outbox.hint();
    return count;
  }

  private bounds(keptMs: number): [number, number] {
    return [keptMs, this.config.reaper.batch];
  }
}

/** With their usage, which does not refer to accounts. */
const deleteIdleGuests = `
  with gone as (
    delete from auth.users where id in (
      select id from auth.users guest
       where kind = 'guest' and last_seen_at < clock_timestamp() - $1 * interval '1 ms'
         and not exists (select from auth.api_keys where user_id = guest.id
                          and coalesce(last_used_at, created_at) > clock_timestamp() - $1 * interval '1 ms')
       order by last_seen_at limit $2 for update skip locked)
    returning id),
  rollups as (delete from auth.usage_rollups where user_id in (select id from gone)),
  records as (delete from auth.usage_records where user_id in (select id from gone))
  select id from gone`;

const deleteEndedSessions = `
  delete from auth.sessions where id in (
    select id from auth.sessions where expires_at < clock_timestamp() - $1 * interval '1 ms'
     order by expires_at limit $2 for update skip locked)`;

const deleteUsedRefreshTokens = `
  delete from auth.refresh_tokens where hash in (
    select hash from auth.refresh_tokens where used_at < clock_timestamp() - $1 * interval '1 ms'
     order by used_at limit $2 for update skip locked)`;

const deleteOldUsage = `
  delete from auth.usage_rollups where ctid = any(array(
    select ctid from auth.usage_rollups where slot < clock_timestamp() - $1 * interval '1 ms'
     order by slot limit $2 for update skip locked))`;

const deleteOldRecords = `
  delete from auth.usage_records where record_id in (
    select record_id from auth.usage_records where counted_at < clock_timestamp() - $1 * interval '1 ms'
     order by counted_at limit $2 for update skip locked)`;

const deleteExpiredRevocations = `
  delete from auth.revoked_tokens where token_id in (
    select token_id from auth.revoked_tokens where expires_at < clock_timestamp() - $1 * interval '1 ms'
     order by expires_at limit $2 for update skip locked)`;
