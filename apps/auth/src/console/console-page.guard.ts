import { AppError } from '@antiphon/contracts';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Pages of other origins cannot send this header without a preflight, which allows them no credentials. */
const pageHeader = 'x-antiphon-console';

/**
 * Lets requests of the console's own page through, so that no other page can use the browser's login: they have the page's header, and their
 * `Origin` is the host that they were sent to. Throws `forbidden`.
 */
@Injectable()
export class ConsolePageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (headers[pageHeader] === undefined)
      throw new AppError('forbidden', `Send the header "${pageHeader}: 1": this route is for the console.`);
    const site = headers['sec-fetch-site'];
    if (!isOwnOrigin(headers) || (site !== undefined && site !== 'same-origin'))
      throw new AppError(
        'forbidden',
        'The Origin of the request must be that of this server: this route is for the console.',
      );
    return true;
  }
}

/** Compares host names: proxies do not always report the port. Browsers report a page of another port in `Sec-Fetch-Site`. */
function isOwnOrigin({ origin, host, ...headers }: FastifyRequest['headers']): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const forwarded = headers['x-forwarded-host'];
  const called =
    String(forwarded ?? host ?? '')
      .split(',')[0]
      ?.trim() ?? '';
  const url = `http://${called}`;
  return URL.canParse(url) && new URL(url).hostname === new URL(origin).hostname;
}
