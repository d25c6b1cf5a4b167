import { AppError } from '@antiphon/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { LoginService } from '../sessions/login.service.ts';
import { Revocations } from '../sessions/revocations.ts';
import { UserStore } from '../users/user.store.ts';
import { Identities, type Identity } from '../verification/identities.ts';
import { CurrentHolder, CurrentIdentity, type Holder, IdentityGuard, tokenOf } from './identity.ts';
import {
  ApiKeyBody,
  encodeApiKey,
  encodeLogin,
  encodeUser,
  encodeValidation,
  RefreshBody,
  RevokeBody,
  UpgradeBody,
  ValidateBody,
} from './wire.ts';

@Controller('auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly users: UserStore,
    private readonly identities: Identities,
    private readonly apiKeys: ApiKeyStore,
    private readonly revocations: Revocations,
  ) {}

  @Post('guest-login')
  async guestLogin() {
    return encodeLogin(await this.logins.guestLogin());
  }

  @Post('refresh-token')
  @HttpCode(200)
  async refresh(@Body() body: unknown) {
    return encodeLogin(await this.logins.refresh(RefreshBody.parse(body).refresh_token));
  }

  @Post('validate')
  @HttpCode(200)
  async validate(@Body() body: unknown, @Req() request: FastifyRequest) {
    const token = ValidateBody.parse(body).token ?? tokenOf(request);
    if (token === null)
      throw new AppError('invalid_request', 'token: send one, here or as a bearer', { param: 'token' });
    return encodeValidation(await this.identities.find(token));
  }

  @Get('me')
  @UseGuards(IdentityGuard)
  async me(@CurrentIdentity() identity: Identity) {
    return encodeUser(await this.users.get(identity.caller.userId), identity.caller.scopes);
  }

  @Post('upgrade')
  @HttpCode(200)
  @UseGuards(IdentityGuard)
  async upgrade(@CurrentHolder() { caller }: Holder, @Body() body: unknown) {
    await this.users.upgrade(caller.userId, UpgradeBody.parse(body));
    return { status: 'upgraded' };
  }

  @Get('logout')
  @UseGuards(IdentityGuard)
  async logout(@CurrentHolder() holder: Holder) {
    await this.logins.logout(holder.caller, holder.claims.sid);
    return { status: 'logged_out' };
  }

  @Post('logout')
  @HttpCode(200)
  @UseGuards(IdentityGuard)
  async logoutByPost(@CurrentHolder() holder: Holder) {
    return this.logout(holder);
  }

  @Post('revoke')
  @HttpCode(200)
  @UseGuards(IdentityGuard)
  async revoke(@CurrentHolder() { caller }: Holder, @Body() body: unknown) {
    await this.logins.revoke(caller, RevokeBody.parse(body).token);
    return { status: 'revoked' };
  }

  @Post('api-keys')
  @UseGuards(IdentityGuard)
  async addApiKey(@CurrentHolder() { caller }: Holder, @Body() body: unknown) {
    const { key, ...apiKey } = await this.apiKeys.add(caller, ApiKeyBody.parse(body).name);
    return { ...encodeApiKey(apiKey), key };
  }

  @Get('api-keys')
  @UseGuards(IdentityGuard)
  async listApiKeys(@CurrentHolder() { caller }: Holder) {
    const apiKeys = await this.apiKeys.list(caller);
    return { object: 'list', data: apiKeys.map(encodeApiKey) };
  }

  @Delete('api-keys/:id')
  @HttpCode(204)
  @UseGuards(IdentityGuard)
  async deleteApiKey(@CurrentHolder() { caller }: Holder, @Param('id') id: string) {
    await this.apiKeys.delete(caller, id);
    this.revocations.publish(id);
  }
}
