import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerLimits, CurrentCaller, localUserId, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import { type ApiKey, ApiKeyStore } from '../api-keys/api-key.store.ts';
import { accountKind, type User } from '../users/user.ts';
import { UserStore } from '../users/user.store.ts';
import { LocalIdentityGuard } from './local-identity.guard.ts';
import type { Me } from './me-reply.ts';
import { meRoutes as routes } from './routes.ts';

/** Tells callers who they are and what they may do. */
@Controller()
@UseGuards(LocalIdentityGuard)
export class MeController {
  constructor(
    private readonly users: UserStore,
    private readonly apiKeys: ApiKeyStore,
    private readonly limits: CallerLimits,
  ) {}

  @Serves(routes.retrieve)
  async retrieve(
    _input: InputOf<typeof routes.retrieve>,
    @CurrentCaller() caller: Caller,
  ): Promise<z.input<typeof Me>> {
    const isLocal = caller.userId === localUserId;
    const [account, apiKey] = await Promise.all([
      isLocal ? null : this.users.get(caller.userId),
      caller.keyId === undefined ? null : this.apiKeys.find(caller.keyId),
    ]);
    return {
      object: 'me',
      user_id: caller.userId,
      tenant_id: caller.tenantId,
      kind: caller.kind,
      is_local: isLocal,
      account: account && encodeAccount(account),
      api_key: apiKey && encodeKey(apiKey),
      scopes: caller.scopes,
      permissions: permissionsOf(caller, isLocal),
      limits: this.limitsOf(caller),
    };
  }

  private limitsOf(caller: Caller): z.input<typeof Me>['limits'] {
    const limit = (quantity: Parameters<CallerLimits['limitOf']>[1]) => this.limits.limitOf(caller, quantity);
    return {
      requests_per_minute: limit('requests'),
      runs: limit('runs'),
      streams: limit('streams'),
      queued_runs: limit('queuedRuns'),
      stored_bytes: limit('storedBytes'),
      stored_rows: limit('storedRows'),
      python_seconds_per_hour: limit('pythonMs') / 1_000,
      scrape_seconds_per_hour: limit('scrapeMs') / 1_000,
    };
  }
}

/** Keys need an account. */
function permissionsOf({ kind, scopes }: Caller, isLocal: boolean): z.input<typeof Me>['permissions'] {
  return {
    decide_for_others: scopes.includes('approvals'),
    try_tools: scopes.includes('tools'),
    administer: scopes.includes('admin'),
    manage_api_keys: !isLocal && kind !== 'key',
  };
}

function encodeAccount(user: User): z.input<typeof Me>['account'] {
  return {
    username: user.username,
    kind: accountKind(user),
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    created_at: user.createdAt.toISOString(),
  };
}

function encodeKey({ id, name, last4, expiresAt }: ApiKey): z.input<typeof Me>['api_key'] {
  return { id, name, last4, expires_at: expiresAt?.toISOString() ?? null };
}
