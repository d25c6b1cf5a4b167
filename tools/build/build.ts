import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../processes/command.ts';
import { repositoryRoot } from '../repository.ts';
import { sourceStamp } from './source-stamp.ts';
import { UserError } from '../user-error.ts';

const stampFile = join(repositoryRoot, 'node_modules/.cache/antiphon/build-stamp');
const sources = ['apps', 'libs', 'nx.json', 'package-lock.json', 'tsconfig.base.json'];
const buildTimeoutMs = 15 * 60_000;

export interface Build {
  /** Changes with the sources. */
  stamp: string;
  /** There was something to do. */
  changed: boolean;
}

/** Builds apps and libraries if something has changed since the last time. */
export async function buildIfChanged(signal: AbortSignal): Promise<Build> {
  const stamp = sourceStamp(repositoryRoot, sources);
  if (isBuilt() && readStamp() === stamp) return { stamp, changed: false };
  const { succeeded, output } = await runCommand('nx', ['run-many', '-t', 'build'], {
    workingFolder: repositoryRoot,
    environment: { ...process.env, ...quietNx },
    timeoutMs: buildTimeoutMs,
    signal,
  });
  if (!succeeded) throw new UserError(`${output.trim()}\n\nThe build failed. What it says is above.`);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  return { stamp, changed: true };
}

/** Nx without a daemon that outlives the command, without a screen of its own, and without asking its makers. */
export const quietNx = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };

/** Does every project that is built have something to show? Somebody may have deleted a dist folder. */
function isBuilt(): boolean {
  return ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(repositoryRoot, folder)).map((name) => join(repositoryRoot, folder, name)),
    )
    .filter((project) => existsSync(join(project, 'tsconfig.json')))
    .every((project) => ['main.js', 'index.js'].some((file) => existsSync(join(project, 'dist', file))));
}

function readStamp(): string | undefined {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}
