import { authTokenRevoked, authVerifyKey } from '@antiphon/contracts';
import { RpcBus } from '@antiphon/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { SessionStore } from '../sessions/session.store.ts';

/** Answers the other services: whose key, which token was revoked. */
@Injectable()
export class AuthHandler implements OnModuleInit {
  constructor(
    private readonly bus: RpcBus,
    private readonly apiKeys: ApiKeyStore,
    private readonly sessions: SessionStore,
  ) {}

  onModuleInit(): void {
    this.bus.handle(authVerifyKey, async ({ key }) => ({ caller: await this.apiKeys.callerOf(key) }));
    this.bus.handle(authTokenRevoked, async ({ tokenId, issuedAt }) => ({
      revoked: await this.sessions.isTokenRevoked(tokenId, issuedAt ?? null),
    }));
  }
}
