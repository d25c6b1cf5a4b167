import { mkdirSync, readdirSync, realpathSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { removePostgresHome } from '../../postgres/postgres-home.ts';
import { repositoryRoot } from '../../repository.ts';
import { UserError } from '../../user-error.ts';

/** The paths of a local stack's data. */
export interface DataFolder {
  readonly root: string;
  /** Folder of the pid files and the note of the running stack. */
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

/** Creates the folder if needed. It refuses a folder with other files, so that `reset` stays safe. */
export function openDataFolder(folder: DataFolder): void {
  const { root } = folder;
  try {
    mkdirSync(root, { recursive: true });
    if (root !== defaultDataFolder && readdirSync(root).length > 0 && !isOurs(folder)) {
      throw new UserError(`${root} holds other files. Choose an empty or a new folder for --data.`);
    }
    writeFileSync(join(root, markerName), 'The data of `npm start`. `npm run reset` deletes it.\n');
    for (const part of [folder.run, folder.log]) mkdirSync(part, { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      throw new UserError(`The data folder ${root} cannot be used: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Deletes the stack's data and nothing else. Returns false if there is none. */
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

/** Resolves links, so that a folder has one name: processes are recognised by it. */
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
