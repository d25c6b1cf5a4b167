import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTimeOf } from '../../processes/process-table.ts';
import { claimStack, findRunningStack, noteAddress, releaseStack } from './running-stack.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-stack-'));
  file = join(folder, 'stack.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a claimed folder has the process and the address of its stack until it is released', () => {
  expect(claimStack(file)).toBeUndefined();
  noteAddress(file, 'http://127.0.0.1:8000');
  expect(claimStack(file)).toMatchObject({ pid: process.pid, address: 'http://127.0.0.1:8000' });
  releaseStack(file);
  expect(findRunningStack(file)).toBeUndefined();
});

test('a note of an ended process does not block the folder', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const startTime = startTimeOf(child.pid as number);
  await new Promise((resolve) => child.once('close', resolve));
  writeFileSync(file, JSON.stringify({ pid: child.pid, startTime }));
  expect(claimStack(file)).toBeUndefined();
});

test('a note whose process id belongs to another process does not block the folder', () => {
  writeFileSync(file, JSON.stringify({ pid: process.ppid, startTime: 'another time' }));
  expect(claimStack(file)).toBeUndefined();
});

test('a damaged note does not block the folder', () => {
  writeFileSync(file, '{"pid":');
  expect(claimStack(file)).toBeUndefined();
});
