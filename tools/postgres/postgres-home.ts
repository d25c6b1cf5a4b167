import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { canReach, isRoot, unprivilegedUser, type SystemUser } from '../processes/system-user.ts';
import { UserError } from '../user-error.ts';

export interface PostgresHome {
  /** Folder of the cluster, its password, and a copy of the programs where one is needed. */
  folder: string;
  /** The user that PostgreSQL runs as, if not the caller. */
  user: SystemUser | undefined;
  /** The reason for another folder than the requested one. */
  moved: boolean;
}

/** Places for root's PostgreSQL when its user cannot enter the requested folder. */
const otherPlaces = ['/var/lib/antiphon', '/var/tmp/antiphon', '/tmp/antiphon'];

/**
 * Finds the folder and the user for PostgreSQL. If root starts it, it runs as another user; if that user cannot reach `wanted` (below
 * /root, for instance), it gets another folder, because the caller's own folders keep their permissions.
 */
export function postgresHome(wanted: string): PostgresHome {
  mkdirSync(wanted, { recursive: true });
  const cluster = statSync(join(wanted, 'cluster'), { throwIfNoEntry: false });
  if (!isRoot()) {
    if (cluster !== undefined && process.getuid !== undefined && cluster.uid !== process.getuid()) {
      throw new UserError(
        `The database in ${wanted} was made by another user (uid ${cluster.uid}). Start as that user, ` +
          `choose another folder (npm start -- --data DIR), or let that user run: npm run reset`,
      );
    }
    return { folder: wanted, user: undefined, moved: false };
  }
  // A cluster of an ordinary user keeps running as that user, who can use it again later.
  const owner = cluster !== undefined && cluster.uid !== 0 ? cluster : undefined;
  const user = owner ? { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid } : unprivilegedUser();
  if (canReach(wanted, user)) return { folder: wanted, user, moved: false };
  for (const place of otherPlaces) {
    const folder = join(place, folderName(wanted));
    if (makeRootsOwn(place) && makeRootsOwn(folder) && canReach(folder, user))
      return { folder, user, moved: true };
  }
  throw new UserError(
    `PostgreSQL does not run as root, and its user "${user.name}" can reach neither ${wanted} nor ${otherPlaces.join(', ')}. ` +
      `Choose a folder that it can: npm start -- --data DIR, or set DATABASE_URL to a running PostgreSQL.`,
  );
}

/** Removes everything that PostgreSQL keeps for this folder, in any place. */
export function removePostgresHome(wanted: string): void {
  rmSync(wanted, { recursive: true, force: true });
  if (!isRoot()) return;
  for (const place of otherPlaces) rmSync(join(place, folderName(wanted)), { recursive: true, force: true });
}

function folderName(wanted: string): string {
  return createHash('sha256').update(wanted).digest('hex').slice(0, 16);
}

/** Creates the folder, and returns whether it may be used: a folder of another user, in /tmp for instance, may not. */
function makeRootsOwn(folder: string): boolean {
  try {
    mkdirSync(folder);
    // Set again, because a strict umask would close the folder.
    chmodSync(folder, 0o755);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false;
  }
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === 0 && (stat.mode & 0o022) === 0;
}
