import { ApiError, errorOf } from './api-error.ts';

/*
 * The login of the console's user. The login itself is a cookie that no script can read and that only its own route gets; the access token is
 * kept in memory. Where calls without a token are allowed, as on a local stack, there is neither.
 */

const sessionPath = '/console/session';
const sharedName = 'antiphon-session';
/** A token is renewed before its end, so that none ends on the way. */
const renewBeforeMs = 60_000;
const timeoutMs = 15_000;
/** What tabs tell each other. */
const signedIn = 'signed in';
const signedOut = 'signed out';

/** Why the sign-in is shown: a request was refused for its credential, or the user wants to use an account. */
export type SignInReason = 'refused' | 'wanted';

interface Token {
  value: string;
  renewAtMs: number;
}

let token: Token | null = null;
/** Settles when the page knows whether the browser has a login. */
let isKnown: Promise<void> | null = null;
let signInReason: SignInReason | null = null;
let hasWorked = false;
let users = 0;
const listeners = new Set<() => void>();
/** Other tabs hear of a login or its end; no message has a credential. */
const tabs = new BroadcastChannel(sharedName);
tabs.onmessage = ({ data }) => {
  if (data === signedOut) hasWorked = false;
  changeUser(null);
};

/** A token that is valid now; null where the browser has no login. Throws ApiError where it must be renewed and the server is away. */
export async function currentToken(): Promise<string | null> {
  isKnown ??= renew(null).catch((error: unknown) => {
    isKnown = null;
    throw error;
  });
  await isKnown;
  if (token && Date.now() >= token.renewAtMs) await renew(token.value);
  return token?.value ?? null;
}

/** Another token than one that was refused; null where there is none. */
export async function tokenAfter(refused: string | null): Promise<string | null> {
  if (refused !== null) await renew(refused);
  return token?.value ?? null;
}

/** Logs the browser in with an API key or an access token, or as a new guest. Throws ApiError. */
export async function signIn(credential: string | null): Promise<void> {
  const answer = await call('', {
    method: 'POST',
    body: JSON.stringify(credential === null ? {} : { credential }),
  });
  changeUser(await tokenOf(answer));
  tabs.postMessage(signedIn);
}

/** Ends the login in all tabs. Throws ApiError. */
export async function signOut(): Promise<void> {
  await call('', { method: 'DELETE' });
  hasWorked = false;
  changeUser(null);
  tabs.postMessage(signedOut);
}

/** Whether the browser has a login: there is something to sign out of. */
export function hasLogin(): boolean {
  return token !== null;
}

/** Shows the sign-in, or with null the page again. */
export function askToSignIn(reason: SignInReason | null): void {
  signInReason = reason;
  announce();
}

/** Null while the page is shown. */
export function whySignIn(): SignInReason | null {
  return signInReason;
}

/** A request was answered, so there is, or was, a user whose input must not be lost. */
export function noteUse(): void {
  hasWorked = true;
}

/** Whether the page may hold the input of a user. */
export function wasUsed(): boolean {
  return hasWorked;
}

/** Counts changes of the user, with listeners. */
export function userNumber(): number {
  return users;
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Replaces a token by another one of the browser's login. Tabs do this one after the other, since each renewal replaces the cookie; calls of one
 * tab share a renewal.
 */
async function renew(previous: string | null): Promise<void> {
  await locked(async () => {
    if ((token?.value ?? null) !== previous) return;
    // A page that is left while it waits still takes the new cookie.
    const answer = await call('/token', { method: 'POST', keepalive: true });
    token = await tokenOf(answer);
  });
}

/** Web Locks exist in secure contexts only: on https and on this machine. */
async function locked(work: () => Promise<void>): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  await (locks ? locks.request(sharedName, work) : work());
}

async function call(path: string, request: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(sessionPath + path, {
      ...request,
      credentials: 'same-origin',
      headers: {
        'x-antiphon-console': '1',
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new ApiError('The server cannot be reached.', { status: 0 });
  }
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}

async function tokenOf(answer: Response): Promise<Token | null> {
  const body = (await answer.json()) as { access_token: string | null; expires_in: number | null };
  if (body.access_token === null || body.expires_in === null) return null;
  const lifeMs = body.expires_in * 1_000;
  return { value: body.access_token, renewAtMs: Date.now() + lifeMs - Math.min(renewBeforeMs, lifeMs / 2) };
}

/** Begins with another token, or looks at the browser's login again at the next request. */
function changeUser(next: Token | null): void {
  token = next;
  isKnown = next && Promise.resolve();
  signInReason = null;
  users++;
  announce();
}

function announce(): void {
  for (const listener of listeners) listener();
}
