/**
 * The credential of the console's user: a token or an API key. It is kept in memory only, so it ends with the page. Where calls without a token are
 * allowed, as on a local stack, there is none.
 */

let credential: string | null = null;
let isRefused = false;
const listeners = new Set<() => void>();

export function authorization(): Record<string, string> {
  return credential === null ? {} : { authorization: `Bearer ${credential}` };
}

/** Takes the credential for all further requests. */
export function signIn(given: string): void {
  credential = given;
  change(false);
}

/** A request was refused for its credential: the user must sign in. */
export function refuse(): void {
  change(true);
}

export function mustSignIn(): boolean {
  return isRefused;
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(refused: boolean): void {
  isRefused = refused;
  for (const listener of listeners) listener();
}
