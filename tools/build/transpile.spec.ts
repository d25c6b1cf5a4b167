import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../user-error.ts';
import { transpileProject } from './transpile.ts';

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'antiphon-transpile-'));
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

function buildInAnotherProcess(): Promise<unknown> {
  const transpiler = JSON.stringify(join(import.meta.dirname, 'transpile.ts'));
  const script = `(await import(${transpiler})).transpileProject(${JSON.stringify(project)})`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
}

const read = (path: string) => readFileSync(join(project, path), 'utf8');

test('types are removed, and imports name the JavaScript files', async () => {
  write(
    'src/a/one.ts',
    `import { two } from '../two.ts';
    import { type Three, three } from '../three.ts';
    import type { Four } from '../four.ts';
    export const all = async (x: Three & Four) => [two, three, x, await import('../five.ts')];
    export { six } from '../six.ts';`,
  );
  await transpileProject(project);
  const code = read('dist/a/one.js');
  for (const name of ['two', 'three', 'five', 'six']) expect(code).toContain(`../${name}.js`);
  expect(code).not.toMatch(/\.ts['"]|Three|four/);
});

test('a constructor keeps the classes that Nest injects', async () => {
  write(
    'src/one.ts',
    `import { Injectable, Inject } from '@nestjs/common';
    import { Store } from './store.ts';
    @Injectable()
    export class One {
      constructor(private readonly store: Store, @Inject('limit') readonly limit: number | null) {}
    }`,
  );
  await transpileProject(project);
  expect(read('dist/one.js')).toMatch(/"design:paramtypes", \[[^\]]*\bStore, Object\]/);
});

test('a source map leads from the output to the source', async () => {
  write('src/a/one.ts', 'export const one: number = 1;');
  await transpileProject(project);
  expect(read('dist/a/one.js')).toMatch(/\/\/# sourceMappingURL=one\.js\.map\n$/);
  const map = JSON.parse(read('dist/a/one.js.map')) as { sources: string[]; mappings: string };
  expect(map.sources).toEqual(['../../src/a/one.ts']);
  expect(map.mappings).not.toBe('');
});

test('specs and declarations have no output, and output without a source is deleted', async () => {
  write('src/one.ts', 'export {};');
  write('src/one.spec.ts', 'export {};');
  write('src/types.d.ts', 'export {};');
  write('dist/old/gone.js', '');
  await transpileProject(project);
  expect(existsSync(join(project, 'dist/one.js'))).toBe(true);
  for (const path of ['one.spec.js', 'types.d.js', 'old/gone.js'])
    expect(existsSync(join(project, 'dist', path)), path).toBe(false);
});

test('two builds at once leave what one leaves', async () => {
  for (let index = 0; index < 50; index++) write(`src/file${index}.ts`, `export const value = ${index};`);
  await Promise.all([transpileProject(project), buildInAnotherProcess()]);
  expect(readdirSync(join(project, 'dist'))).toHaveLength(100);
  expect(read('dist/file49.js')).toContain('value = 49;');
});

test('only changed output is written again', async () => {
  write('src/same.ts', 'export const same = 1;');
  write('src/other.ts', 'export const other = 1;');
  await transpileProject(project);
  for (const name of ['same', 'other']) utimesSync(join(project, `dist/${name}.js`), 1, 1);
  write('src/other.ts', 'export const other = 2;');
  await transpileProject(project);
  expect(statSync(join(project, 'dist/same.js')).mtimeMs).toBe(1000);
  expect(read('dist/other.js')).toContain('2');
});

test('a syntax error fails the build and shows its place', async () => {
  write('src/one.ts', 'export const one = ;');
  const failure: unknown = await transpileProject(project).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(String(failure)).toMatch(/The build failed.*one\.ts/s);
  expect(String(failure)).not.toContain('\u001b');
});
