import { every, type Repetition } from '@antiphon/async';
import { newEvent, userRemoved } from '@antiphon/contracts';
import { type Logger, LOGGER, OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { authSchema } from '../database.ts';

/** Clocks differ: what has just expired here may count elsewhere for a moment. */
const skewMarginMs = 60_000;
/** At most this many batches of one kind a round: what is left waits for the next. */
const batchesMax = 20;

/** Forgets what nobody needs any more, in batches that are short enough to disturb no one. Instances share the work. */
@Injectable()
export class Reaper implements OnModuleInit, OnModuleDestroy {
  private reaping: Repetition | null = null;

  constructor(
    private readonly database: DataSource,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'reaper' | 'sessions' | 'accessTokens'>,
    private readonly outbox: OutboxHint,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.reaping = every(
      this.config.reaper.intervalMs,
      async () => void (await this.reap()),
      (error) => this.logger.error({ err: error }, 'reaping failed: it is tried again in the next round'),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.reaping?.stop();
  }

  /** One round. How many rows of each kind are gone; what hangs on them went with them, and other services are told of the guests. */
  async reap(): Promise<Record<'guests' | 'sessions' | 'refreshTokens' | 'revokedTokens', number>> {
    const { sessions, accessTokens } = this.config;
    const gone = {
      guests: await this.drain(() => this.removeIdleGuests()),
      sessions: await this.drain(() => this.remove(deleteEndedSessions, accessTokens.ttlMs + skewMarginMs)),
      // Kept as long as an unused one would be: until then a copy that turns up tells of a theft.
      refreshTokens: await this.drain(() => this.remove(deleteUsedRefreshTokens, sessions.refreshTtlMs)),
      revokedTokens: await this.drain(() => this.remove(deleteExpiredRevocations, skewMarginMs)),
    };
    if (Object.values(gone).some((count) => count > 0)) this.logger.info(gone, 'reaped');
    return gone;
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
      const [guests]: [{ id: string }[], number] = await db.query(deleteIdleGuests, this.bounds(guestTtlMs));
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

const deleteIdleGuests = `
  delete from auth.users where id in (
    select id from auth.users guest
     where kind = 'guest' and last_seen_at < clock_timestamp() - $1 * interval '1 ms'
       and not exists (select from auth.api_keys where user_id = guest.id
                        and coalesce(last_used_at, created_at) > clock_timestamp() - $1 * interval '1 ms')
     order by last_seen_at limit $2 for update skip locked)
  returning id`;

const deleteEndedSessions = `
  delete from auth.sessions where id in (
    select id from auth.sessions where expires_at < clock_timestamp() - $1 * interval '1 ms'
     order by expires_at limit $2 for update skip locked)`;

const deleteUsedRefreshTokens = `
  delete from auth.refresh_tokens where hash in (
    select hash from auth.refresh_tokens where used_at < clock_timestamp() - $1 * interval '1 ms'
     order by used_at limit $2 for update skip locked)`;

const deleteExpiredRevocations = `
  delete from auth.revoked_tokens where token_id in (
    select token_id from auth.revoked_tokens where expires_at < clock_timestamp() - $1 * interval '1 ms'
     order by expires_at limit $2 for update skip locked)`;
