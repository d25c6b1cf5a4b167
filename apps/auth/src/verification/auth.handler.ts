import { authTokenRevoked, authVerifyKey, type Caller } from '@antiphon/contracts';
import { Answers } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { SessionStore } from '../sessions/session.store.ts';

/** Answers the other services over the bus: the owner of a key, and whether a token was revoked. */
@Controller()
export class AuthHandler {
  constructor(
    private readonly apiKeys: ApiKeyStore,
    private readonly sessions: SessionStore,
  ) {}

  @Answers(authVerifyKey)
  async verifyKey({ key }: { key: string }): Promise<{ caller: Caller | null }> {
    return { caller: await this.apiKeys.callerOf(key) };
  }

  @Answers(authTokenRevoked)
  async isTokenRevoked(token: {
    tokenId: string;
    issuedAt?: number | undefined;
  }): Promise<{ revoked: boolean }> {
    return { revoked: await this.sessions.isTokenRevoked(token.tokenId, token.issuedAt ?? null) };
  }
}
