import { AppError, type Caller, newEvent, userCreated } from '@antiphon/contracts';
import { type Logger, LOGGER, OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { authSchema } from '../database.ts';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { type TokenHolder, UserStore } from '../users/user.store.ts';
import { Revocations } from './revocations.ts';
import { type OpenSession, SessionStore } from './session.store.ts';
import { AccessTokens, callerOfUser } from './tokens.ts';

/** The result of a login or a refresh. */
export interface Login {
  user: TokenHolder;
  accessToken: string;
  refreshToken: string;
  expiresInS: number;
  /** When the login ends, however often it is refreshed; null: not by itself. */
  endsAt: Date | null;
}

/** Begins, continues and ends logins. */
@Injectable()
export class LoginService {
  constructor(
    private readonly database: DataSource,
    private readonly users: UserStore,
    private readonly apiKeys: ApiKeyStore,
    private readonly sessions: SessionStore,
    private readonly tokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly outbox: OutboxHint,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Makes a guest's account and its first login, and publishes `users.created`. */
  async guestLogin(): Promise<Login> {
    return this.addGuest((userId, db) => this.sessions.open(userId, db));
  }

  /** As `guestLogin`, with a login that ends as those of the console do. */
  async guestLoginForConsole(): Promise<Login> {
    return this.addGuest((userId, db) => this.sessions.openForConsole({ userId, apiKeyId: null }, db));
  }

  /** A login of the console for a caller who is already identified. A login by an API key has the rights of the key and ends with it. */
  async loginForConsole({ userId, keyId }: Caller): Promise<Login> {
    const session = await this.sessions.openForConsole({ userId, apiKeyId: keyId ?? null });
    return this.login(await this.users.get(userId), session);
  }

  /** Exchanges a refresh token for new tokens. Throws `unauthenticated`; a token that was used before ends its login. */
  async refresh(refreshToken: string): Promise<Login> {
    const refresh = await this.sessions.refresh(refreshToken);
    switch (refresh.outcome) {
      case 'reused':
        this.revocations.publish(refresh.sessionId);
        this.logger.warn('a refresh token was used twice: its login is revoked');
        throw new AppError(
          'unauthenticated',
          'This refresh token was used before. Its login has ended: log in again.',
        );
      case 'refused':
        throw new AppError(
          'unauthenticated',
          'The refresh token is unknown, expired or revoked: log in again.',
        );
      case 'rotated':
      case 'repeated':
        return this.login(await this.users.get(refresh.userId), refresh);
    }
  }

  /** Ends a login of the caller: all its access tokens and its refresh token. */
  async logout(caller: Caller, sessionId: string): Promise<void> {
    await this.sessions.revoke(caller.userId, sessionId);
    this.revocations.publish(sessionId);
  }

  /** Ends the login of a refresh token. Ignores unknown tokens. */
  async end(refreshToken: string): Promise<void> {
    const sessionId = await this.sessions.end(refreshToken);
    if (sessionId !== null) this.revocations.publish(sessionId);
  }

  /** Revokes an access token of the caller, or ends the login of a refresh token. Ignores unknown tokens and those of other accounts. */
  async revoke(caller: Caller, token: string): Promise<void> {
    const claims = this.tokens.read(token);
    if (!claims) {
      const sessionId = await this.sessions.revokeByRefreshToken(caller.userId, token);
      if (sessionId !== null) this.revocations.publish(sessionId);
      return;
    }
    if (claims.sub !== caller.userId) return;
    await this.sessions.revokeToken(claims.jti, new Date(claims.exp * 1000));
    this.revocations.publish(claims.jti);
  }

  private async addGuest(open: (userId: string, db: EntityManager) => Promise<OpenSession>): Promise<Login> {
    const login = await this.database.transaction(async (db) => {
      const guest = await this.users.addGuest(db);
      const created = newEvent(userCreated, { userId: guest.id, tenantId: guest.id, kind: 'guest' });
      await writeEvents(db, authSchema.schema, [created]);
      return this.login(guest, await open(guest.id, db));
    });
    this.outbox.hint();
    return login;
  }

  private async login(user: TokenHolder, session: OpenSession): Promise<Login> {
    const { refreshToken, endsAt, apiKeyId } = session;
    const caller = apiKeyId === null ? callerOfUser(user) : await this.apiKeys.callerOfId(apiKeyId);
    if (!caller)
      throw new AppError('unauthenticated', 'The API key of this login was deleted or has expired.');
    return { user, refreshToken, endsAt, ...this.tokens.issue(caller, session) };
  }
}
