import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const programNames = ['main', 'migrate', 'admin'];

/** The folder of the bundled programs, below the root: `dist/APP/PROGRAM.js`. */
export const programsFolder = 'dist';

/** Returns the source of each program of the apps, by the name of its output without `.js`: `auth/main`. */
export function programsOf(root: string): Record<string, string> {
  const programs = readdirSync(join(root, 'apps')).flatMap((app) =>
    programNames.map((name) => [`${app}/${name}`, join(root, 'apps', app, 'src', `${name}.ts`)] as const),
  );
  return Object.fromEntries(programs.filter(([, file]) => existsSync(file)));
}
