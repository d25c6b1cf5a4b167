import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const unfinishedPrefix = '.unfinished-';

/**
 * Writes a file of the build, unless it has that content already. The file is replaced as a whole: a service may be loading it, and a second
 * build may be writing it.
 */
export async function writeIfChanged(file: string, content: string | Uint8Array): Promise<void> {
  const before = await readFile(file).catch(() => undefined);
  if (before?.equals(Buffer.from(content))) return;
  await mkdir(dirname(file), { recursive: true });
  const unfinished = join(dirname(file), `${unfinishedPrefix}${basename(file)}.${process.pid}`);
  await writeFile(unfinished, content);
  await rename(unfinished, file);
}

/** Returns whether another build may be writing this file. */
export function isUnfinished(file: string): boolean {
  return basename(file).startsWith(unfinishedPrefix);
}
