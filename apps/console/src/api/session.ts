/**
 * Who the console speaks for. The access token is kept in memory only; the browser keeps an httpOnly cookie that no script can read, and one
 * route of auth answers a fresh token of 15 minutes for it. Where calls without a token are allowed, there is no token.
 */

interface TokenReply {
  access_token: string;
  /** Seconds. */
  expires_in: number;
}

let token: string | null = null;

/** The path of the console's session. */
export const sessionPath = '/auth/console/session';

/** Requests of the console to its session carry this header, which another site's form cannot send. */
export const sessionHeaders = { 'x-antiphon-console': '1' };

export function authorization(): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Takes a token for the session of this browser; false where there is none. Tabs take turns, so that a refresh is never sent twice at once. */
export async function refreshToken(signal?: AbortSignal): Promise<boolean> {
  const used = token;
  return navigator.locks.request('antiphon.session', async () => {
    if (token !== used) return true;
    const answer = await fetch(`${sessionPath}/token`, {
      method: 'POST',
      headers: sessionHeaders,
      credentials: 'same-origin',
      ...(signal && { signal }),
    });
    if (!answer.ok) {
      token = null;
      return false;
    }
    token = ((await answer.json()) as TokenReply).access_token;
    return true;
  });
}

export function forgetToken(): void {
  token = null;
}
