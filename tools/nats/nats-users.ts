import { randomBytes } from 'node:crypto';

/** The users of `deploy/nats-users.conf`: one for each service, and one for programs outside Antiphon that read events. */
export const natsUsers = ['auth', 'responses', 'worker', 'llm', 'mcp', 'consumer'] as const;
export type NatsUser = (typeof natsUsers)[number];
export type NatsPasswords = Record<NatsUser, string>;
/** The address of a NATS server for each user. */
export type NatsUrls = Record<NatsUser, string>;

const passwordBytes = 24;

/** A password begins with a letter: nats-server would read `7m` in a variable as a number. */
export function newNatsPasswords(): NatsPasswords {
  return forEachUser(() => `p${randomBytes(passwordBytes).toString('hex')}`);
}

/** The addresses of a server that knows these passwords. */
export function natsUrlsOf(host: string, passwords: NatsPasswords): NatsUrls {
  return forEachUser((user) => `nats://${user}:${passwords[user]}@${host}`);
}

/** One address for every user: a server of the caller's, with the credentials that its URL names. */
export function sameNatsUrl(url: string): NatsUrls {
  return forEachUser(() => url);
}

/** The variables from which `deploy/nats-users.conf` takes the passwords. */
export function passwordVariables(passwords: NatsPasswords): NodeJS.ProcessEnv {
  return Object.fromEntries(
    natsUsers.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, passwords[user]]),
  );
}

function forEachUser(valueOf: (user: NatsUser) => string): Record<NatsUser, string> {
  // One entry for each user, since the names come from the list of them.
  return Object.fromEntries(natsUsers.map((user) => [user, valueOf(user)])) as Record<NatsUser, string>;
}
