import { AppError, type Caller, type InputOf } from '@antiphon/contracts';
import { credentialsOf, CurrentCaller, secretOf, Serves } from '@antiphon/service-kit';
import { Controller, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { LoginService } from '../sessions/login.service.ts';
import { apiKeyScopes } from '../sessions/tokens.ts';
import { Revocations } from '../sessions/revocations.ts';
import { UserStore } from '../users/user.store.ts';
import { Identities } from '../verification/identities.ts';
import { CurrentHolder, type Holder, IdentityGuard } from './identity.ts';
import { authRoutes as routes } from './routes.ts';
import { encodeApiKey, encodeLogin, encodeUser, encodeValidation } from './wire.ts';

type NoInput = InputOf<typeof routes.me>;

/** Accounts: guests, sessions and API keys. */
@Controller()
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly users: UserStore,
    private readonly identities: Identities,
    private readonly apiKeys: ApiKeyStore,
    private readonly revocations: Revocations,
  ) {}

  @Serves(routes.guestLogin)
  async guestLogin(_input: NoInput) {
    return encodeLogin(await this.logins.guestLogin());
  }

  @Serves(routes.refresh)
  async refresh({ body }: InputOf<typeof routes.refresh>) {
    return encodeLogin(await this.logins.refresh(body.refresh_token));
  }

  @Serves(routes.validate)
  async validate({ body }: InputOf<typeof routes.validate>, @Req() request: FastifyRequest) {
    const token = body.token ?? secretOf(credentialsOf(request));
    if (token === undefined)
      throw new AppError('invalid_request', 'token: send one, here or as a bearer', { param: 'token' });
    return encodeValidation(await this.identities.find(token));
  }

  @Serves(routes.me)
  @UseGuards(IdentityGuard)
  async me(_input: NoInput, @CurrentCaller() caller: Caller) {
    return encodeUser(await this.users.get(caller.userId), caller.scopes);
  }

  @Serves(routes.upgrade)
  @UseGuards(IdentityGuard)
  async upgrade({ body }: InputOf<typeof routes.upgrade>, @CurrentHolder() { caller }: Holder) {
    await this.users.upgrade(caller.userId, body);
    return { status: 'upgraded' as const };
  }

  @Serves(routes.logout)
  @UseGuards(IdentityGuard)
  async logout(_input: NoInput, @CurrentHolder() holder: Holder) {
    await this.logins.logout(holder.caller, holder.claims.sid);
    return { status: 'logged_out' as const };
  }

  @Serves(routes.logoutByPost)
  @UseGuards(IdentityGuard)
  async logoutByPost(input: NoInput, @CurrentHolder() holder: Holder) {
    return this.logout(input, holder);
  }

  @Serves(routes.revoke)
  @UseGuards(IdentityGuard)
  async revoke({ body }: InputOf<typeof routes.revoke>, @CurrentHolder() { caller }: Holder) {
    await this.logins.revoke(caller, body.token);
    return { status: 'revoked' as const };
  }

  @Serves(routes.addApiKey)
  @UseGuards(IdentityGuard)
  async addApiKey({ body }: InputOf<typeof routes.addApiKey>, @CurrentHolder() { caller }: Holder) {
    const scopes = grantable(caller, body.scopes);
    const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
    const { key, ...apiKey } = await this.apiKeys.add(caller, body.name, { scopes, expiresAt });
    return { ...encodeApiKey(apiKey), key };
  }

  @Serves(routes.listApiKeys)
  @UseGuards(IdentityGuard)
  async listApiKeys(_input: NoInput, @CurrentHolder() { caller }: Holder) {
    const apiKeys = await this.apiKeys.list(caller);
    return { object: 'list' as const, data: apiKeys.map(encodeApiKey) };
  }

  @Serves(routes.deleteApiKey)
  @UseGuards(IdentityGuard)
  async deleteApiKey(
    { params: { id } }: InputOf<typeof routes.deleteApiKey>,
    @CurrentHolder() { caller }: Holder,
  ): Promise<void> {
    await this.apiKeys.delete(caller, id);
    this.revocations.publish(id);
  }
}

/** The scopes of a new API key; null: those of every key. Throws `forbidden` for a scope that the caller does not have. */
function grantable(caller: Caller, scopes: readonly string[] | undefined): string[] | null {
  if (!scopes) return null;
  const wrong = scopes.find((scope) => scope === 'account' || !caller.scopes.includes(scope));
  if (wrong !== undefined)
    throw new AppError(
      'forbidden',
      wrong === 'account'
        ? 'scopes: an API key cannot have the scope account.'
        : `scopes: you do not have the scope ${wrong}, so your API keys cannot have it either.`,
      { param: 'scopes' },
    );
  return [...new Set([...apiKeyScopes, ...scopes])];
}
