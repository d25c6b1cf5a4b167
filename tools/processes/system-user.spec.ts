import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canReach } from './system-user.ts';

let folder: string;
const stranger = { name: 'stranger', uid: 54_321, gid: 54_321 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-reach-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'a/b'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a path of open folders can be reached', () => {
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(true);
});

test('one closed folder on the path blocks other users, not its owner', () => {
  chmodSync(join(folder, 'a'), 0o700);
  const { uid, gid } = statSync(folder);
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(false);
  expect(canReach(join(folder, 'a/b'), { name: 'owner', uid, gid })).toBe(true);
});

test('folders on the path need not be readable, but the target must be', () => {
  chmodSync(join(folder, 'a'), 0o711);
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(true);
  chmodSync(join(folder, 'a/b'), 0o711);
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(false);
});

test('a missing path cannot be reached', () => {
  expect(canReach(join(folder, 'c'), stranger)).toBe(false);
});
