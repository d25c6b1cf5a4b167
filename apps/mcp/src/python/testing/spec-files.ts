import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';
import { type InterpreterFiles, snapshotName } from '../interpreter-files.ts';
import { writeSnapshot } from '../snapshot.ts';

const sources = fileURLToPath(new URL('../../', import.meta.url));
const cache = fileURLToPath(new URL('../../../../../node_modules/.cache/antiphon/python', import.meta.url));

/** The files of an interpreter, made of the sources by the first spec that needs them and kept for the next run. */
export async function specFiles(): Promise<InterpreterFiles> {
  const folder = withoutTypes(['python/inside']);
  const program = join(folder, 'python/inside/interpreter.js');
  const files = { program, snapshot: join(folder, snapshotName(program)) };
  if (!existsSync(files.snapshot)) await writeSnapshot(files);
  return files;
}

/**
 * Returns a folder with the JavaScript of these folders of the app. Node can remove the types itself, but loads for that in each process what takes
 * a quarter of a second of a processor.
 */
export function withoutTypes(folders: readonly string[]): string {
  const files = folders.flatMap((folder) =>
    readdirSync(join(sources, folder)).map((name) => {
      const path = join(folder, name);
      return { path, text: readFileSync(join(sources, path), 'utf8') };
    }),
  );
  const key = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const folder = join(cache, key);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  for (const { path, text } of files) {
    const target = join(unfinished, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const { code } = transformSync(basename(path), text, {
      typescript: { rewriteImportExtensions: 'rewrite', onlyRemoveTypeImports: true },
    });
    writeFileSync(target, code);
  }
  writeFileSync(join(unfinished, 'package.json'), '{ "type": "module" }');
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true }); // another worker was faster
  }
  return folder;
}
