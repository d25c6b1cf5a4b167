import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { transform, type TransformOptions } from 'rolldown/utils';
import { emittedJavaScript } from './emitted-javascript.ts';
import { buildError } from './build-error.ts';
import { isUnfinished, writeIfChanged } from './write-if-changed.ts';

const options: TransformOptions = {
  ...emittedJavaScript,
  lang: 'ts',
  sourceType: 'module',
  sourcemap: true,
  tsconfig: false,
  typescript: { ...emittedJavaScript.typescript, rewriteImportExtensions: 'rewrite' },
};

/**
 * Writes the JavaScript and the source map of each source file of a project to the project's `dist` folder, and deletes every other
 * file of that kind there. Types are removed, not checked. Output that stays the same is not written again, because services may be running from it.
 */
export async function transpileProject(project: string): Promise<void> {
  const source = join(project, 'src');
  const output = join(project, 'dist');
  const sourceFiles = (await filesBelow(source)).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.d.ts'),
  );
  const targetOf = (file: string) => join(output, relative(source, file).replace(/\.ts$/, '.js'));
  await Promise.all(sourceFiles.map((file) => transpileFile(file, targetOf(file))));
  const wanted = new Set(sourceFiles.map(targetOf).flatMap((target) => [target, mapOf(target)]));
  const stale = (await filesBelow(output)).filter(
    (file) => /\.js(\.map)?$/.test(file) && !wanted.has(file) && !isUnfinished(file),
  );
  await Promise.all(stale.map((file) => rm(file, { force: true })));
}

async function transpileFile(file: string, target: string): Promise<void> {
  const { code, map, errors } = await transform(file, await readFile(file, 'utf8'), options);
  const [error] = errors;
  if (error) throw buildError(`${error.message}\n${file}`);
  const sources = [relative(dirname(target), file)];
  const mapText = JSON.stringify({ ...map, file: basename(target), sources, sourcesContent: undefined });
  await writeIfChanged(mapOf(target), mapText);
  await writeIfChanged(target, `${code}//# sourceMappingURL=${basename(mapOf(target))}\n`);
}

function mapOf(target: string): string {
  return `${target}.map`;
}

async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
