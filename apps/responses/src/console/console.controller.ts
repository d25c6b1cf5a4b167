import { randomBytes } from 'node:crypto';
import { AppError } from '@antiphon/contracts';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ConsoleFile, ConsoleFiles, noncePlaceholder } from './console-files.ts';

const dayS = 86_400;

/**
 * The console's page and its files. They are public: they hold no data of callers, and everything that the console shows comes from the API
 * with the credentials of its user. Every path without a file is the page, which has its own routes.
 */
@Controller()
export class ConsoleController {
  constructor(private readonly files: ConsoleFiles) {}

  /** Browsers that open the address of the API get the console. */
  @Get('/')
  root(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!(request.headers.accept ?? '').includes('text/html'))
      throw new AppError('not_found', 'There is nothing at /. The API is below /v1, its documents at /docs.');
    void reply.redirect('/console/', 302);
  }

  @Get(['console', 'console/*'])
  async show(@Param('*') path: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    const file = path === undefined || path === '' ? undefined : await this.files.find(path);
    if (file) return this.sendFile(reply, file);
    if (path?.startsWith('assets/')) throw new AppError('not_found', `The console has no file ${path}.`);
    const page = this.files.page();
    if (page === null)
      throw new AppError('not_found', 'The console is not built here. npm run build builds it.');
    const nonce = randomBytes(18).toString('base64url');
    await reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': contentSecurityPolicy(nonce),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      .send(page.replaceAll(noncePlaceholder, nonce));
  }

  private async sendFile(reply: FastifyReply, { bytes, type, isImmutable }: ConsoleFile): Promise<void> {
    const lifetime = isImmutable ? `max-age=${365 * dayS}, immutable` : `max-age=${dayS}`;
    await reply
      .headers({
        'content-type': type,
        'cache-control': `public, ${lifetime}`,
        'x-content-type-options': 'nosniff',
      })
      .send(bytes);
  }
}

/** Scripts and requests from this origin only. Styles that a component writes into the page carry the nonce of the page. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
