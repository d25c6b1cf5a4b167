import { mkdirSync, readdirSync, realpathSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { removePostgresHome } from '../../postgres/postgres-home.ts';
import { repositoryRoot } from '../../repository.ts';
import { UserError } from '../../user-error.ts';

/** Everything that a local stack keeps, by name. */
export interface DataFolder {
  readonly root: string;
  /** Pid files, and the note of the stack that runs. */
  readonly run: string;
  readonly log: string;
  readonly postgres: string;
  readonly nats: string;
  readonly settingsFile: string;
  readonly stackFile: string;
}

export const defaultDataFolder = join(repositoryRoot, '.local');
const markerName = 'antiphon-data';

export function dataFolder(path: string = defaultDataFolder): DataFolder {
  const root = realPath(resolve(path));
  return {
    root,
    run: join(root, 'run'),
    log: join(root, 'log'),
    postgres: join(root, 'postgres'),
    nats: join(root, 'nats'),
    settingsFile: join(root, 'settings.json'),
    stackFile: join(root, 'run', 'stack.json'),
  };
}

/** Makes the folder if need be. A folder that holds somebody else's files is refused, so that `reset` stays safe. */
export function openDataFolder(folder: DataFolder): void {
  const { root } = folder;
  try {
    mkdirSync(root, { recursive: true });
    if (root !== defaultDataFolder && readdirSync(root).length > 0 && !isOurs(folder)) {
      throw new UserError(`${root} holds other files. Choose an empty folder, or a new one, for --data.`);
    }
    writeFileSync(join(root, markerName), 'What `npm start` keeps. `npm run reset` empties it.\n');
    for (const part of [folder.run, folder.log]) mkdirSync(part, { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      throw new UserError(`The data folder ${root} cannot be used: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Deletes what the stack has kept, and nothing else. Returns false when there is nothing of ours. */
export function clearDataFolder(folder: DataFolder): boolean {
  if (!isOurs(folder)) return false;
  removePostgresHome(folder.postgres);
  for (const path of [
    folder.nats,
    folder.log,
    folder.run,
    folder.settingsFile,
    join(folder.root, markerName),
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
  if (readdirSync(folder.root).length === 0) rmdirSync(folder.root);
  return true;
}

/** One folder has one name here, whichever links lead to it: processes are recognised by it. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

function isOurs(folder: DataFolder): boolean {
  return statSync(join(folder.root, markerName), { throwIfNoEntry: false }) !== undefined;
}
