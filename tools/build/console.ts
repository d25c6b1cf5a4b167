import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'vite';
import { buildError } from './build-error.ts';
import { consolePage } from './console-page.ts';
import { sourceStamp } from './source-stamp.ts';

const sources = ['apps/console', 'package-lock.json'];

/** Builds the console's page and files if its sources have changed since its last build. */
export async function buildConsoleIfChanged(root: string): Promise<void> {
  const stampFile = join(root, 'node_modules/.cache/antiphon/console-stamp');
  const stamp = sourceStamp(root, sources);
  const isCurrent =
    existsSync(join(root, consolePage)) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (isCurrent) return;
  try {
    await build({ configFile: join(root, 'apps/console/vite.config.ts'), logLevel: 'warn' });
  } catch (cause) {
    throw buildError(cause instanceof Error ? cause.message : String(cause));
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}
