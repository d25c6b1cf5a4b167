import { AppError, type Caller, newEvent, userCreated } from '@antiphon/contracts';
import { type Logger, LOGGER, OutboxHint, writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { authSchema } from '../database.ts';
import { type Holder, Identities, type Identity } from '../http/identity.ts';
import { Revocations } from './revocations.ts';
import { type OpenSession, SessionStore } from './session.store.ts';
import { AccessTokens } from './tokens.ts';
import { type TokenHolder, type Upgrade, UserStore } from '../users/user.store.ts';
import type { User } from '../users/user.ts';

/** What a login or refresh gives. */
export interface Login {
  user: TokenHolder;
  accessToken: string;
  refreshToken: string;
  expiresInS: number;
}

/** The use cases of accounts and their tokens. */
@Injectable()
export class AuthService {
  constructor(
    private readonly database: DataSource,
    private readonly users: UserStore,
    private readonly sessions: SessionStore,
    private readonly tokens: AccessTokens,
    private readonly identities: Identities,
    private readonly revocations: Revocations,
    private readonly outbox: OutboxHint,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async guestLogin(): Promise<Login> {
    const login = await this.database.transaction(async (db) => {
      const guest = await this.users.addGuest(db);
      const created = newEvent(userCreated, { userId: guest.id, tenantId: guest.id, kind: 'guest' });
      await writeEvents(db, authSchema.schema, [created]);
      return this.login(guest, await this.sessions.open(guest.id, db));
    });
    this.outbox.hint();
    return login;
  }

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
        return this.login(await this.existing(refresh.userId), refresh);
    }
  }

  async upgrade({ caller }: Holder, upgrade: Upgrade): Promise<void> {
    await this.users.upgrade(caller.userId, upgrade);
  }

  /** Ends the login that the token comes from: the token, its siblings and the refresh token. */
  async logout({ caller, claims }: Holder): Promise<void> {
    await this.sessions.revoke(caller.userId, claims.sid);
    this.revocations.publish(claims.sid);
  }

  async me({ caller }: Identity): Promise<User> {
    return this.existing(caller.userId);
  }

  /** Null for a token that does not count. */
  async validate(token: string): Promise<Identity | null> {
    return this.identities.find(token);
  }

  /** Takes back an access token, or the login of a refresh token. Nothing happens to what is unknown or somebody else's. */
  async revoke({ caller }: Holder, token: string): Promise<void> {
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

  private login(user: Login['user'], { sessionId, refreshToken }: OpenSession): Login {
    return { user, refreshToken, ...this.tokens.issue(user, sessionId) };
  }

  private async existing(userId: Caller['userId']): Promise<User> {
    const user = await this.users.find(userId);
    if (!user) throw new AppError('unauthenticated', 'This account no longer exists.');
    return user;
  }
}
