import { newId } from '@antiphon/contracts';
import { runPrepared } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { hashSecretToken, isSecretToken, newSecretToken } from './secret-token.ts';
import { sessionOfToken } from './tokens.ts';
import { RefreshTokenEntity } from './refresh-token.entity.ts';
import { RevokedTokenEntity } from './revoked-token.entity.ts';
import { openSuccessor, sealSuccessor } from './successor.ts';

/** An open login: its user, and the refresh token that continues it. */
export interface OpenSession {
  sessionId: string;
  userId: string;
  refreshToken: string;
  /** When it ends, however often it is refreshed; null: not by itself. */
  endsAt: Date | null;
  /** The API key that opened it. */
  apiKeyId: string | null;
}

/** The outcome of a refresh. `reused`: the token was used before, so its session is revoked. */
export type Refresh =
  | ({ outcome: 'rotated' | 'repeated' } & OpenSession)
  | { outcome: 'reused'; sessionId: string }
  | { outcome: 'refused' };

/**
 * Stores logins. The refresh tokens of a session form a chain: each is used once and has one successor. Within `reuseGraceMs` the last used
 * token returns the same successor again, because the first answer may have been lost. The use of an older token, or of one whose successor
 * was used, shows that the token was copied, and ends the session.
 */
@Injectable()
export class SessionStore {
  constructor(
    private readonly database: DataSource,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'sessions'>,
  ) {}

  async open(userId: string, db: EntityManager = this.database.manager): Promise<OpenSession> {
    return this.add({ userId, endsAfterMs: null, apiKeyId: null }, db);
  }

  /** Opens a login that ends after `consoleTtlMs`, and with the API key that opened it, if one did. */
  async openForConsole(
    { userId, apiKeyId }: { userId: string; apiKeyId: string | null },
    db: EntityManager = this.database.manager,
  ): Promise<OpenSession> {
    return this.add({ userId, endsAfterMs: this.config.sessions.consoleTtlMs, apiKeyId }, db);
  }

  /** Uses a refresh token. Of several simultaneous requests with one token, one rotates the chain and the others repeat its answer. */
  async refresh(refreshToken: string): Promise<Refresh> {
    if (!isSecretToken('rt', refreshToken)) return { outcome: 'refused' };
    const rotated = await this.rotate(refreshToken);
    return rotated ? { outcome: 'rotated', ...rotated } : this.refreshAgain(refreshToken);
  }

  /** Ends a login: its refresh tokens and its access tokens are no longer valid. */
  async revoke(userId: string, sessionId: string): Promise<void> {
    await this.database.query(
      `update auth.sessions set revoked_at = clock_timestamp() where id = $1 and user_id = $2 and revoked_at is null`,
      [sessionId, userId],
    );
  }

  /** Ends the login of a refresh token of this user. Returns the login's id; null for an unknown token or another user's. */
  async revokeByRefreshToken(userId: string, refreshToken: string): Promise<string | null> {
    if (!isSecretToken('rt', refreshToken)) return null;
    const found = await this.find(refreshToken);
    if (found?.user_id !== userId) return null;
    await this.revoke(userId, found.session_id);
    return found.session_id;
  }

  /** Ends the login of a refresh token, used or not. Returns the login's id; null where none was open. */
  async end(refreshToken: string): Promise<string | null> {
    if (!isSecretToken('rt', refreshToken)) return null;
    const [rows]: [{ id: string }[], number] = await this.database.query(
      `update auth.sessions session set revoked_at = clock_timestamp() from auth.refresh_tokens token
        where token.hash = $1 and session.id = token.session_id and session.revoked_at is null
        returning session.id`,
      [hashSecretToken(refreshToken)],
    );
    return rows[0]?.id ?? null;
  }

  /** Revokes one access token and leaves its login open. */
  async revokeToken(tokenId: string, expiresAt: Date): Promise<void> {
    await this.database.manager.upsert(RevokedTokenEntity, { tokenId, expiresAt }, ['tokenId']);
  }

  /**
   * Whether an access token is no longer valid: it was revoked, its login has ended, its account was removed, or it was issued (in Unix
   * seconds) before the account lost rights that it states.
   */
  async isTokenRevoked(tokenId: string, issuedAt: number | null = null): Promise<boolean> {
    const rows = await runPrepared<{ revoked: boolean }>(
      this.database,
      `select exists (select from auth.revoked_tokens where token_id = $1)
           or ($2::text is not null and not exists (
                select from auth.sessions session join auth.users person on person.id = session.user_id
                 where session.id = $2 and session.revoked_at is null
                   and ($3::float8 is null or person.rights_reduced_at is null
                        or person.rights_reduced_at < to_timestamp($3)))) as revoked`,
      [tokenId, sessionOfToken(tokenId), issuedAt],
    );
    return rows[0]?.revoked ?? true;
  }

  private async add(
    session: { userId: string; endsAfterMs: number | null; apiKeyId: string | null },
    db: EntityManager,
  ): Promise<OpenSession> {
    const { userId, endsAfterMs, apiKeyId } = session;
    const sessionId = newId('session');
    const refreshToken = newSecretToken('rt');
    const [row]: { ends_at: Date | null }[] = await db.query(
      `with life as (
         select least(clock_timestamp() + $4 * interval '1 ms',
                      (select expires_at from auth.api_keys where id = $5)) as ends_at
       )
       insert into auth.sessions (id, user_id, expires_at, ends_at, api_key_id)
       select $1, $2, least(clock_timestamp() + $3 * interval '1 ms', ends_at), ends_at, $5 from life
       returning ends_at`,
      [sessionId, userId, this.config.sessions.refreshTtlMs, endsAfterMs, apiKeyId],
    );
    await db.insert(RefreshTokenEntity, { hash: hashSecretToken(refreshToken), sessionId });
    return { sessionId, userId, refreshToken, endsAt: row?.ends_at ?? null, apiKeyId };
  }

  /** One statement, so that using the token, adding its successor and prolonging the session happen together or not at all. */
  private async rotate(refreshToken: string): Promise<OpenSession | null> {
    const successor = newSecretToken('rt');
    const rows: SessionRow[] = await this.database.query(
      `with used as (
         update auth.refresh_tokens token
            set used_at = clock_timestamp(), successor_hash = $2, successor_sealed = $3
           from auth.sessions session
          where token.hash = $1 and token.used_at is null and session.id = token.session_id
            and session.revoked_at is null and session.expires_at > clock_timestamp()
         returning token.session_id, session.user_id, session.ends_at, session.api_key_id
       ), added as (
         insert into auth.refresh_tokens (hash, session_id) select $2, session_id from used
       ), prolonged as (
         update auth.sessions session
            set expires_at = least(clock_timestamp() + $4 * interval '1 ms', session.ends_at)
           from used where session.id = used.session_id
       ), seen as (
         update auth.users person set last_seen_at = clock_timestamp() from used where person.id = used.user_id
       )
       select session_id, user_id, ends_at, api_key_id from used`,
      [
        hashSecretToken(refreshToken),
        hashSecretToken(successor),
        sealSuccessor(successor, refreshToken),
        this.config.sessions.refreshTtlMs,
      ],
    );
    const [row] = rows;
    return row ? openSession(row, successor) : null;
  }

  private async refreshAgain(refreshToken: string): Promise<Refresh> {
    const found = await this.find(refreshToken);
    if (!found?.is_open || found.successor_sealed === null) return { outcome: 'refused' };
    if (!found.is_answer_lost) {
      await this.revoke(found.user_id, found.session_id);
      return { outcome: 'reused', sessionId: found.session_id };
    }
    const successor = openSuccessor(found.successor_sealed, refreshToken);
    return { outcome: 'repeated', ...openSession(found, successor) };
  }

  private async find(refreshToken: string): Promise<FoundToken | null> {
    const rows: FoundToken[] = await this.database.query(
      `select token.session_id, session.user_id, session.ends_at, session.api_key_id, token.successor_sealed,
              session.revoked_at is null and session.expires_at > clock_timestamp() as is_open,
              token.used_at > clock_timestamp() - $2 * interval '1 ms'
                and exists (select from auth.refresh_tokens successor
                             where successor.hash = token.successor_hash and successor.used_at is null) as is_answer_lost
         from auth.refresh_tokens token join auth.sessions session on session.id = token.session_id
        where token.hash = $1`,
      [hashSecretToken(refreshToken), this.config.sessions.reuseGraceMs],
    );
    return rows[0] ?? null;
  }
}

interface SessionRow {
  session_id: string;
  user_id: string;
  ends_at: Date | null;
  api_key_id: string | null;
}

interface FoundToken extends SessionRow {
  successor_sealed: string | null;
  is_open: boolean;
  /** Used within the grace, and its successor never used: the answer may have been lost. */
  is_answer_lost: boolean | null;
}

function openSession(row: SessionRow, refreshToken: string): OpenSession {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    refreshToken,
    endsAt: row.ends_at,
    apiKeyId: row.api_key_id,
  };
}
