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

test('open folders all the way are reached', () => {
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(true);
});

test('one closed folder on the way is enough, though its owner passes', () => {
  chmodSync(join(folder, 'a'), 0o700);
  const { uid, gid } = statSync(folder);
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(false);
  expect(canReach(join(folder, 'a/b'), { name: 'owner', uid, gid })).toBe(true);
});

test('a folder on the way need not be readable, but what is asked for must be', () => {
  chmodSync(join(folder, 'a'), 0o711);
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(true);
  chmodSync(join(folder, 'a/b'), 0o711);
  expect(canReach(join(folder, 'a/b'), stranger)).toBe(false);
});

test('what is not there is not reached', () => {
  expect(canReach(join(folder, 'c'), stranger)).toBe(false);
});
