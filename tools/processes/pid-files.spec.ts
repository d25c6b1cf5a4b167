import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endLeftovers, ownedProcesses, runFolderVariable, writePidFile } from './pid-files.ts';
import { isAlive } from './process-table.ts';

let runFolder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  runFolder = mkdtempSync(join(tmpdir(), 'antiphon-run-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(runFolder, { recursive: true, force: true });
});

/** A process that reports when it runs, and handles SIGTERM with `onTerm`. */
async function startChild({
  marked,
  onTerm = 'process.exit(0)',
}: {
  marked: boolean;
  onTerm?: string;
}): Promise<number> {
  const program = `process.on('SIGTERM', () => { ${onTerm} }); setInterval(() => {}, 1000); console.log('here');`;
  const child = spawn(process.execPath, ['-e', program], {
    env: { ...process.env, ...(marked && { [runFolderVariable]: runFolder }) },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid as number;
}

test('a process is owned if a pid file names it and it carries the mark', async () => {
  const pid = await startChild({ marked: true });
  writePidFile(runFolder, 'worker', pid);
  expect(ownedProcesses(runFolder)).toEqual([{ name: 'worker', pid }]);
});

test('leftovers are ended, also one that ignores SIGTERM', async () => {
  const willing = await startChild({ marked: true });
  const stubborn = await startChild({ marked: true, onTerm: '' });
  writePidFile(runFolder, 'auth', willing);
  writePidFile(runFolder, 'worker', stubborn);
  expect((await endLeftovers(runFolder, 300)).sort()).toEqual(['auth', 'worker']);
  expect([willing, stubborn].map(isAlive)).toEqual([false, false]);
  expect(existsSync(join(runFolder, 'worker.pid'))).toBe(false);
});

test('another process with the id of an ended one is not ended', async () => {
  const stranger = await startChild({ marked: false });
  writePidFile(runFolder, 'llm', stranger);
  expect(await endLeftovers(runFolder, 300)).toEqual([]);
  expect(isAlive(stranger)).toBe(true);
  expect(existsSync(join(runFolder, 'llm.pid'))).toBe(false);
});

test.runIf(process.platform === 'linux')(
  'a process whose pid file is lost is found by its mark',
  async () => {
    const pid = await startChild({ marked: true });
    expect(ownedProcesses(runFolder)).toEqual([{ name: `process ${pid}`, pid }]);
  },
);

test.each(['', 'abc', '-1', '0', '1', '99999999999999999999'])(
  'a pid file with the content %j names no process',
  (content) => {
    writeFileSync(join(runFolder, 'mcp.pid'), content);
    expect(ownedProcesses(runFolder)).toEqual([]);
  },
);
