import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sourceStamp } from './source-stamp.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'antiphon-stamp-'));
  write('libs/one/src/index.ts', 'one');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const stamp = () => sourceStamp(root, ['libs', 'missing.json']);

test('the stamp stays the same while no file changes', () => {
  expect(stamp()).toBe(stamp());
});

test.each([
  ['a new file', () => write('libs/one/src/more.ts', '')],
  ['another size', () => write('libs/one/src/index.ts', 'one and more')],
  ['another time', () => utimesSync(join(root, 'libs/one/src/index.ts'), 1, 1)],
  ['a deleted file', () => rmSync(join(root, 'libs/one/src/index.ts'))],
])('%s changes it', (_, change) => {
  const before = stamp();
  change();
  expect(stamp()).not.toBe(before);
});

test.each(['libs/one/dist/index.js', 'libs/one/src/index.spec.ts', 'libs/one/node_modules/x.js'])(
  '%s does not change it, because it is not built',
  (path) => {
    const before = stamp();
    write(path, 'new');
    expect(stamp()).toBe(before);
  },
);
