import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { programsFolder, programsOf } from './programs.ts';
import { repositoryRoot } from '../repository.ts';
import { sourceStamp } from './source-stamp.ts';

const stampFile = join(repositoryRoot, 'node_modules/.cache/antiphon/build-stamp');
const sources = ['apps', 'libs', 'tools/build', 'package-lock.json'];

export interface Build {
  /** A hash that changes with the sources. */
  stamp: string;
  /** Whether anything was built. */
  changed: boolean;
}

/** Builds apps and libraries if the sources have changed since the last build. */
export async function buildIfChanged(): Promise<Build> {
  const stamp = sourceStamp(repositoryRoot, sources);
  if (isBuilt() && readStamp() === stamp) return { stamp, changed: false };
  // Loading the transpiler would cost each start a tenth of a second.
  const [{ transpileProject }, { bundlePrograms }] = await Promise.all([
    import('./transpile.ts'),
    import('./bundle.ts'),
  ]);
  await Promise.all([...builtProjects().map(transpileProject), bundlePrograms(repositoryRoot)]);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  return { stamp, changed: true };
}

/** Returns whether every project and program has build output; a user may have deleted a dist folder. */
function isBuilt(): boolean {
  const programs = Object.keys(programsOf(repositoryRoot));
  return (
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
