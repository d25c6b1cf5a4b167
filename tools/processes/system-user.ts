import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../user-error.ts';

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Returns the user for PostgreSQL, which refuses to run as root: `postgres` if it exists, otherwise `nobody`, which every system has. It
 * adds no user to the system.
 */
export function unprivilegedUser(): SystemUser {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(parseUser);
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((candidate) => candidate?.name === name);
    if (user !== undefined && user.uid !== 0) return user;
  }
  throw new UserError(
    'PostgreSQL does not run as root, and this system has neither a user "postgres" nor "nobody" to run it as. ' +
      'Start as an ordinary user, or set DATABASE_URL to a running PostgreSQL.',
  );
}

/**
 * Returns whether this user can read `path` and enter all folders above it. It reads the file modes, because root, who runs this, may
 * enter everything.
 */
export function canReach(path: string, user: SystemUser): boolean {
  if (!allows(path, user, 0o5)) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!allows(folder, user, 0o1)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function allows(path: string, user: SystemUser, bits: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const shift = stat.uid === user.uid ? 6 : stat.gid === user.gid ? 3 : 0;
  return ((stat.mode >> shift) & bits) === bits;
}

function parseUser(line: string): SystemUser | undefined {
  const [name, , uid, gid] = line.split(':');
  return name && uid && gid ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
}
