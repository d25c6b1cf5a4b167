import { AppError } from '@antiphon/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { AuthService } from '../sessions/login.service.ts';
import {
  CurrentHolder,
  CurrentIdentity,
  type Holder,
  type Identity,
  IdentityGuard,
  tokenOf,
} from './identity.ts';
import { Revocations } from '../sessions/revocations.ts';
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
    private readonly auth: AuthService,
    private readonly apiKeys: ApiKeyStore,
    private readonly revocations: Revocations,
  ) {}

  @Post('guest-login')
  async guestLogin() {
    return encodeLogin(await this.auth.guestLogin());
  }

  @Post('refresh-token')
  @HttpCode(200)
  async refresh(@Body() body: unknown) {
    return encodeLogin(await this.auth.refresh(RefreshBody.parse(body).refresh_token));
  }

  @Post('validate')
  @HttpCode(200)
  async validate(@Body() body: unknown, @Req() request: FastifyRequest) {
    const token = ValidateBody.parse(body).token ?? tokenOf(request);
    if (token === null)
      throw new AppError('invalid_request', 'token: send one, here or as a bearer', { param: 'token' });
    return encodeValidation(await this.auth.validate(token));
  }

  @Get('me')
  @UseGuards(IdentityGuard)
  async me(@CurrentIdentity() identity: Identity) {
    return encodeUser(await this.auth.me(identity), identity.caller.scopes);
  }

  @Post('upgrade')
  @HttpCode(200)
  @UseGuards(IdentityGuard)
  async upgrade(@CurrentHolder() holder: Holder, @Body() body: unknown) {
    await this.auth.upgrade(holder, UpgradeBody.parse(body));
    return { status: 'upgraded' };
  }

  @Get('logout')
  @UseGuards(IdentityGuard)
  async logout(@CurrentHolder() holder: Holder) {
    await this.auth.logout(holder);
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
  async revoke(@CurrentHolder() holder: Holder, @Body() body: unknown) {
    await this.auth.revoke(holder, RevokeBody.parse(body).token);
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
