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

/** Returns the addresses of a server with these passwords. */
export function natsUrlsOf(host: string, passwords: NatsPasswords): NatsUrls {
  return forEachUser((user) => `nats://${user}:${passwords[user]}@${host}`);
}

/** Returns one address for every user: a server of the caller, with the credentials of its URL. */
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
  // The list of names gives one entry for each user.
  return Object.fromEntries(natsUsers.map((user) => [user, valueOf(user)])) as Record<NatsUser, string>;
}
