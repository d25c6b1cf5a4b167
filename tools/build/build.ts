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
  /** A hash that changes with the sources. */
  stamp: string;
  /** Whether anything was built. */
  changed: boolean;
}

/** Builds apps and libraries if the sources have changed since the last build. */
export async function buildIfChanged(signal: AbortSignal): Promise<Build> {
  const stamp = sourceStamp(repositoryRoot, sources);
  if (isBuilt() && readStamp() === stamp) return { stamp, changed: false };
  const { succeeded, output } = await runCommand('nx', ['run-many', '-t', 'build'], {
    workingFolder: repositoryRoot,
    environment: { ...process.env, ...quietNx },
    timeoutMs: buildTimeoutMs,
    signal,
  });
  if (!succeeded) throw new UserError(`${output.trim()}\n\nThe build failed; its output is above.`);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  return { stamp, changed: true };
}

/** Runs Nx without its daemon, its terminal screen and its cloud. */
export const quietNx = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };

/** Returns whether every project has build output; a user may have deleted a dist folder. */
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
