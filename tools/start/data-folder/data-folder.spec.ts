import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearDataFolder, dataFolder, openDataFolder } from './data-folder.ts';
import { readSettings, writeSettings } from './settings.ts';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'antiphon-data-'));
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

test('a folder with other files is neither used nor cleared', () => {
  const folder = dataFolder(join(parent, 'home'));
  mkdirSync(folder.log, { recursive: true });
  writeFileSync(join(folder.log, 'diary.txt'), 'dear diary');
  expect(() => openDataFolder(folder)).toThrow('holds other files');
  expect(clearDataFolder(folder)).toBe(false);
  expect(existsSync(join(folder.log, 'diary.txt'))).toBe(true);
});

test('clearing deletes the stack’s data, and only that', () => {
  const folder = dataFolder(join(parent, 'data'));
  openDataFolder(folder);
  mkdirSync(folder.postgres);
  writeFileSync(join(folder.root, 'notes.txt'), 'mine');
  expect(clearDataFolder(folder)).toBe(true);
  expect([folder.postgres, folder.run, folder.log].some(existsSync)).toBe(false);
  expect(existsSync(join(folder.root, 'notes.txt'))).toBe(true);
});

test('a cleared folder can be used again, and has one name for every link to it', () => {
  symlinkSync(parent, `${parent}-link`);
  try {
    const folder = dataFolder(join(`${parent}-link`, 'data'));
    openDataFolder(folder);
    expect(clearDataFolder(folder)).toBe(true);
    openDataFolder(folder);
    expect(dataFolder(join(parent, 'data'))).toEqual(folder);
  } finally {
    rmSync(`${parent}-link`);
  }
});

test('the encryption key is created once, has 32 bytes, and only its owner can read it', () => {
  const file = join(parent, 'settings.json');
  const made = readSettings(file);
  writeSettings(file, { ...made, natsPort: 4222 });
  expect(readSettings(file)).toEqual({ ...made, natsPort: 4222 });
  expect(Buffer.from(made.encryptionKey, 'base64')).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each(['', '{', '[]', '{"encryptionKey":7}'])(
  'damaged settings are an error and never replaced: %j',
  (text) => {
    const file = join(parent, 'settings.json');
    writeFileSync(file, text);
    expect(() => readSettings(file)).toThrow('is damaged');
  },
);
