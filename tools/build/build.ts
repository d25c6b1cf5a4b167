import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../processes/command.ts';
import { consolePage } from './console-page.ts';
import { programsFolder, programsOf } from './programs.ts';
import { writePythonSnapshot } from './python-snapshot.ts';
import { repositoryRoot } from '../repository.ts';
import { sourceStamp } from './source-stamp.ts';
import { UserError } from '../user-error.ts';

const stampFile = join(repositoryRoot, 'node_modules/.cache/antiphon/build-stamp');
const buildTimeoutMs = 300_000;
const sources = ['apps', 'libs', 'tools/build', 'package-lock.json'];

export interface Build {
  /** A hash that changes with the sources. */
  stamp: string;
  /** Whether anything was built. */
  changed: boolean;
}

/** Builds apps and libraries if the sources have changed since the last build. */
export async function buildIfChanged(): Promise<Build> {
  const stamp = currentStamp();
  if (isCurrent(stamp)) return { stamp, changed: false };
  // Loading the transpiler would cost each start a tenth of a second.
  const [{ transpileProject }, { bundlePrograms }, { buildConsoleIfChanged }] = await Promise.all([
    import('./transpile.ts'),
    import('./bundle.ts'),
    import('./console.ts'),
  ]);
  await Promise.all([
    ...builtProjects().map(transpileProject),
    bundlePrograms(repositoryRoot),
    buildConsoleIfChanged(repositoryRoot),
  ]);
  await writePythonSnapshot(repositoryRoot);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  return { stamp, changed: true };
}

/**
 * Builds like `buildIfChanged`, but in a process of its own, for callers that go on running: the memory that the bundler takes is not given
 * back before its process ends. Throws a UserError with the build's messages where it fails.
 */
export async function buildInChildIfChanged(signal: AbortSignal): Promise<Build> {
  const stamp = currentStamp();
  if (isCurrent(stamp)) return { stamp, changed: false };
  const { succeeded, output } = await runCommand(
    process.execPath,
    [join(repositoryRoot, 'tools/build/run-build.ts')],
    { workingFolder: repositoryRoot, timeoutMs: buildTimeoutMs, signal },
  );
  if (!succeeded) throw new UserError(output.trim());
  return { stamp, changed: true };
}

/** Another Node needs another build too: Python's snapshot is made by the Node that builds. */
function currentStamp(): string {
  return `${sourceStamp(repositoryRoot, sources)} ${process.version}`;
}

function isCurrent(stamp: string): boolean {
  return isBuilt() && readStamp() === stamp;
}

/** Returns whether every project and program has build output; a user may have deleted a dist folder. */
function isBuilt(): boolean {
  const programs = Object.keys(programsOf(repositoryRoot));
  return (
    existsSync(join(repositoryRoot, consolePage)) &&
    programs.every((name) => existsSync(join(repositoryRoot, programsFolder, `${name}.js`))) &&
    builtProjects().every((project) =>
      entryNames.some((name) => existsSync(join(project, 'dist', `${name}.js`))),
    )
  );
}

const entryNames = ['main', 'index'];

/** Returns the folders of the projects with a program or an export; `apps/e2e` has neither. */
function builtProjects(): string[] {
  return ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(repositoryRoot, folder)).map((name) => join(repositoryRoot, folder, name)),
    )
    .filter((project) => entryNames.some((name) => existsSync(join(project, 'src', `${name}.ts`))));
}

function readStamp(): string | undefined {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}
