import { AppError, type InputOf } from '@antiphon/contracts';
import { Serves } from '@antiphon/service-kit';
import { Controller, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Login, LoginService } from '../sessions/login.service.ts';
import { Identities } from '../verification/identities.ts';
import { ConsolePageGuard } from './console-page.guard.ts';
import { consoleRoutes as routes } from './routes.ts';
import { type Answering, forgetSession, keepSession, readSession } from './session-cookie.ts';

/**
 * The login of a browser. Its refresh token is in a cookie that no script can read and that is sent to these routes only; the page gets access
 * tokens, which it keeps in memory.
 */
@Controller()
@UseGuards(ConsolePageGuard)
export class ConsoleSessionController {
  constructor(
    private readonly logins: LoginService,
    private readonly identities: Identities,
  ) {}

  @Serves(routes.signIn)
  async signIn(
    { body: { credential } }: InputOf<typeof routes.signIn>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const login =
      credential === undefined ? await this.logins.guestLoginForConsole() : await this.loginOf(credential);
    // The browser keeps one login: the one that it had cannot be used or ended any more.
    await this.endOf(request);
    return answer({ request, reply }, login);
  }

  @Serves(routes.renew)
  async renew(
    _input: InputOf<typeof routes.renew>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const refreshToken = readSession(request);
    const login = refreshToken === undefined ? null : await this.refreshed(refreshToken);
    if (login) return answer({ request, reply }, login);
    if (refreshToken !== undefined) forgetSession({ request, reply });
    return { access_token: null, expires_in: null };
  }

  @Serves(routes.signOut)
  async signOut(
    _input: InputOf<typeof routes.signOut>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.endOf(request);
    forgetSession({ request, reply });
  }

  /** Ends the login that the browser has, if it has one. */
  private async endOf(request: FastifyRequest): Promise<void> {
    const refreshToken = readSession(request);
    if (refreshToken !== undefined) await this.logins.end(refreshToken);
  }

  private async loginOf(credential: string): Promise<Login> {
    const identity = await this.identities.find(credential);
    if (!identity)
      throw new AppError('unauthenticated', 'This API key or token is unknown, expired or revoked.', {
        param: 'credential',
      });
    return this.logins.loginForConsole(identity.caller);
  }

  /** Null for a login that has ended: the browser has none then. */
  private async refreshed(refreshToken: string): Promise<Login | null> {
    try {
      return await this.logins.refresh(refreshToken);
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') return null;
      throw error;
    }
  }
}

function answer(answering: Answering, login: Login) {
  keepSession(answering, login);
  return { access_token: login.accessToken, expires_in: login.expiresInS };
}
