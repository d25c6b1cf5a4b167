import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseCookie, stringifySetCookie } from 'cookie';

/** The path of the routes that read the cookie: browsers send it to no other. */
export const sessionPath = '/console/session';

const name = 'antiphon_console';

/** The refresh token of the browser's login. */
export function readSession({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name];
}

/** Keeps a refresh token in the browser until the login ends, where no script can read it. */
export function keepSession(
  { request, reply }: Answering,
  { refreshToken, endsAt }: { refreshToken: string; endsAt: Date | null },
): void {
  const maxAge = endsAt && { maxAge: Math.max(0, Math.floor((endsAt.getTime() - Date.now()) / 1000)) };
  setCookie({ request, reply }, { value: refreshToken, ...maxAge });
}

/** Removes the login from the browser. */
export function forgetSession(answering: Answering): void {
  setCookie(answering, { value: '', maxAge: 0 });
}

export interface Answering {
  request: FastifyRequest;
  reply: FastifyReply;
}

function setCookie({ request, reply }: Answering, cookie: { value: string; maxAge?: number }): void {
  void reply.header(
    'set-cookie',
    stringifySetCookie({
      ...cookie,
      name,
      path: sessionPath,
      httpOnly: true,
      sameSite: 'strict',
      secure: isHttps(request),
    }),
  );
}

/** Whether the browser's connection is encrypted: that to the outermost proxy, which reports it. */
function isHttps({ headers }: FastifyRequest): boolean {
  const [forwarded] = String(headers['x-forwarded-proto'] ?? '').split(',');
  return forwarded?.trim() === 'https';
}
