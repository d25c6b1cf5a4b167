import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { UserError } from '../user-error.ts';
import { bundlePrograms } from './bundle.ts';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'antiphon-bundle-')));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Runs a program of the bundle as `npm start` does, and returns what it prints. */
function run(program: string): string {
  const sourceMaps = write(
    'source-maps.ts',
    readFileSync(join(repositoryRoot, 'libs/service-kit/src/source-maps.ts'), 'utf8'),
  );
  return execFileSync(
    process.execPath,
    ['--import', pathToFileURL(sourceMaps).href, join(root, 'dist', program)],
    {
      encoding: 'utf8',
    },
  );
}

test('programs share what both load, and each runs on its own', async () => {
  write('shared.ts', `export const shared: string = 'once'; console.log('shared');`);
  write('apps/one/src/main.ts', `import { shared } from '../../../shared.ts'; console.log('one', shared);`);
  write(
    'apps/two/src/migrate.ts',
    `import { shared } from '../../../shared.ts'; console.log('two', shared);`,
  );
  await bundlePrograms(root);
  expect(run('one/main.js')).toBe('shared\none once\n');
  expect(run('two/migrate.js')).toBe('shared\ntwo once\n');
  expect(readdirSync(join(root, 'dist/shared')).some((file) => file.startsWith('shared-'))).toBe(true);
});

test('a program with http does not load the WebSocket of Node', async () => {
  write(
    'apps/one/src/main.ts',
    `import http, { Agent, STATUS_CODES } from 'node:http';
     import * as all from 'http';
     const loaded = process.moduleLoadList.filter((name) => name.includes('undici'));
     console.log(STATUS_CODES[404], http.Agent === Agent, all.Agent === Agent, loaded);`,
  );
  await bundlePrograms(root);
  expect(run('one/main.js')).toBe('Not Found true true []\n');
});

test('a stack names the line of the source', async () => {
  write(
    'apps/one/src/main.ts',
    `interface Unused {
      readonly gone: string;
    }
    import { fail } from './fail.ts';
    try { fail(); } catch (error) { console.log((error as Error & Unused).stack); }`,
  );
  const source = write(
    'apps/one/src/fail.ts',
    `interface Gone {}\n\nexport function fail(): never {\n  throw new RangeError('no');\n}`,
  );
  await bundlePrograms(root);
  const [message, place] = run('one/main.js').split('\n');
  expect(message).toBe('RangeError: no');
  expect(place).toBe(`    at fail (${source}:4:9)`);
});

test('a module finds the files beside its unbundled form', async () => {
  write('apps/one/src/main.ts', `import { place } from './deep/place.ts'; console.log(place);`);
  write('apps/one/src/deep/place.ts', `export const place = new URL('./thread.js', import.meta.url).href;`);
  await bundlePrograms(root);
  expect(run('one/main.js').trim()).toBe(pathToFileURL(join(root, 'apps/one/dist/deep/thread.js')).href);
});

test('classes keep their names, also beside others of the same name', async () => {
  write('apps/one/src/other.ts', `export class Same {}`);
  write(
    'apps/one/src/main.ts',
    `import { Same as Other } from './other.ts'; class Same {} console.log(Same.name, Other.name);`,
  );
  await bundlePrograms(root);
  expect(run('one/main.js')).toBe('Same Same\n');
});

test('the output is ASCII, and prints the same text', async () => {
  write('apps/one/src/main.ts', `console.log('… 😀', String.raw\`\\n…\`, /^[…]$/u.test('…'));`);
  await bundlePrograms(root);
  expect(run('one/main.js')).toBe('… 😀 \\n… true\n');
});

test('only changed output is written again, and the files of the last day stay', async () => {
  write('apps/one/src/main.ts', `console.log('one');`);
  write('apps/two/src/main.ts', `console.log('two');`);
  await bundlePrograms(root);
  const [one, two] = [join(root, 'dist/one/main.js'), join(root, 'dist/two/main.js')];
  for (const file of [one, two]) utimesSync(file, 1, 1);
  const old = write('dist/shared/old.js', '');
  const recent = write('dist/shared/recent.js', '');
  utimesSync(old, 1, 1);
  write('apps/two/src/main.ts', `console.log('other');`);
  await bundlePrograms(root);
  expect(statSync(one).mtimeMs).toBe(1000);
  expect(readFileSync(two, 'utf8')).toContain('other');
  expect(statSync(old, { throwIfNoEntry: false })).toBeUndefined();
  expect(statSync(recent).isFile()).toBe(true);
});

test('an import of a missing file fails the build and names it', async () => {
  write('apps/one/src/main.ts', `import './missing.ts';`);
  const failure: unknown = await bundlePrograms(root).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(String(failure)).toMatch(/The build failed.*missing\.ts/s);
});
