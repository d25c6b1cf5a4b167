import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from './repository.ts';

/** A lockfile with one package for services, one for the local stack and one for tests. */
const locked = {
  'node_modules/service': { version: '1.0.0', integrity: 'a' },
  'node_modules/local': { version: '1.0.0', integrity: 'b', optional: true },
  'node_modules/tests': { version: '1.0.0', integrity: 'c', dev: true },
};
type Name = keyof typeof locked;
const startPackages: Name[] = ['node_modules/service', 'node_modules/local'];
const allPackages: Name[] = [...startPackages, 'node_modules/tests'];

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'antiphon-bootstrap-'));
  mkdirSync(join(root, 'tools'));
  copyFileSync(join(repositoryRoot, 'tools/bootstrap.mjs'), join(root, 'tools/bootstrap.mjs'));
  write('package-lock.json', JSON.stringify({ packages: locked }));
  for (const script of ['start/start.ts', 'stop/stop.ts', 'test/test.ts']) write(`tools/${script}`, '');
  // The fake npm records its arguments.
  write('bin/npm', `#!/bin/sh\necho "$@" > "${join(root, 'npm-arguments')}"\n`);
  chmodSync(join(root, 'bin/npm'), 0o755);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function haveInstalled(names: Name[], change: object = {}): void {
  const packages = Object.fromEntries(names.map((name) => [name, { ...locked[name], ...change }]));
  write('node_modules/.package-lock.json', JSON.stringify({ packages }));
}

/** Runs a command of the bootstrap; returns the arguments of npm, or undefined if npm did not run. */
function npmArgumentsOf(command: string): string | undefined {
  const { npm_execpath: _, ...environment } = process.env;
  execFileSync(process.execPath, [join(root, 'tools/bootstrap.mjs'), command], {
    env: { ...environment, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH ?? ''}` },
  });
  const file = join(root, 'npm-arguments');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

test('a first start installs no packages of tests', () => {
  expect(npmArgumentsOf('start')).toMatch(/^ci .*--include=optional --omit=dev/);
});

test('a first test installs everything', () => {
  expect(npmArgumentsOf('test')).toMatch(/^ci .*--include=optional --include=dev/);
});

test('a test after a start adds packages and leaves the others in place', () => {
  haveInstalled(startPackages);
  expect(npmArgumentsOf('test')).toMatch(/^install --no-save .*--include=dev/);
});

test.each([
  ['start', startPackages],
  ['start', allPackages],
  ['test', allPackages],
] as const)('npm %s with %j does not run npm', (command, names) => {
  haveInstalled([...names]);
  expect(npmArgumentsOf(command)).toBeUndefined();
});

test('a start with other versions installs the packages of tests if they were there', () => {
  haveInstalled(startPackages, { version: '0.9.0' });
  expect(npmArgumentsOf('start')).toMatch(/^ci .*--omit=dev/);
  haveInstalled(allPackages, { version: '0.9.0' });
  expect(npmArgumentsOf('start')).toMatch(/^ci .*--include=dev/);
});

/** A fake npm that takes a moment, notes each of its runs and leaves complete packages. */
function haveWorkingNpm(): void {
  haveInstalled(startPackages);
  const installed = join(root, 'node_modules/.package-lock.json');
  const complete = join(root, 'complete.json');
  copyFileSync(installed, complete);
  rmSync(installed);
  write(
    'bin/npm',
    `#!/bin/sh\necho run >> "${join(root, 'npm-runs')}"\nsleep 0.5\ncp "${complete}" "${installed}"\n`,
  );
}

function startInBackground(): Promise<string> {
  const { npm_execpath: _, ...environment } = process.env;
  const env = { ...environment, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH ?? ''}` };
  const commandArguments = [join(root, 'tools/bootstrap.mjs'), 'start'];
  return promisify(execFile)(process.execPath, commandArguments, { env }).then(({ stdout }) => stdout);
}

test('of two starts at once one installs and the other waits for it', async () => {
  haveWorkingNpm();
  const outputs = await Promise.all([startInBackground(), startInBackground()]);
  expect(readFileSync(join(root, 'npm-runs'), 'utf8')).toBe('run\n');
  expect(outputs.filter((output) => /waiting for process \d+, which installs/.test(output))).toHaveLength(1);
});

test('the mark of an ended install does not keep a start waiting', async () => {
  haveWorkingNpm();
  const { pid } = spawnSync(process.execPath, ['--version']);
  write('.local/installing.pid', String(pid));
  expect(await startInBackground()).toMatch(/packages installed/);
  expect(existsSync(join(root, '.local/installing.pid'))).toBe(false);
});
