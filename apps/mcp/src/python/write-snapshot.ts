import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builtFiles } from './interpreter-files.ts';
import { writeSnapshot } from './snapshot.ts';

/* The build runs this program after it has written the files of this folder: it writes the snapshot beside them, unless it is there. */

/** A snapshot of an earlier build stays this long for the stacks that start interpreters from it. */
const staleAfterMs = 24 * 3_600_000;

const files = builtFiles();
if (!existsSync(files.snapshot)) await writeSnapshot(files);
const folder = dirname(files.snapshot);
for (const name of await readdir(folder)) {
  const file = join(folder, name);
  if (!name.includes('.snapshot') || file === files.snapshot) continue;
  if (Date.now() - (await stat(file)).mtimeMs > staleAfterMs) await rm(file, { force: true });
}
