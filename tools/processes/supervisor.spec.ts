import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isAlive } from './process-table.ts';
import { startProcess } from './processes.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

let runFolder: string;
let supervisors: Supervisor[];
let reports: string[];
let lines: string[];

beforeEach(() => {
  runFolder = mkdtempSync(join(tmpdir(), 'antiphon-run-'));
  supervisors = [];
  reports = [];
  lines = [];
});

afterEach(async () => {
  await Promise.all(supervisors.map((supervisor) => supervisor.stop(1000)));
  rmSync(runFolder, { recursive: true, force: true });
});

const untilSaid = (word: string) => async (signal: AbortSignal) => {
  await vi.waitUntil(() => signal.aborted || lines.includes(word), { timeout: 10_000, interval: 10 });
  signal.throwIfAborted();
};

function supervise(program: string, options: Partial<SupervisorOptions> = {}): Supervisor {
  const supervisor = new Supervisor({
    name: 'app',
    start: () =>
      startProcess({
        name: 'app',
        command: process.execPath,
        commandArguments: ['-e', program],
        environment: process.env,
        workingFolder: runFolder,
        runFolder,
        onLine: (line) => lines.push(line),
      }),
    waitUntilReady: untilSaid('ready'),
    report: (message) => reports.push(message),
    restartDelayMinMs: 1,
    ...options,
  });
  supervisors.push(supervisor);
  return supervisor;
}

const pid = () => Number(readFileSync(join(runFolder, 'app.pid'), 'utf8'));
const never = new AbortController().signal;
const serving = "console.log('ready'); setInterval(() => {}, 1000);";

test('a killed process is reported and started again', async () => {
  await supervise(serving).start(never);
  const first = pid();
  process.kill(first, 'SIGKILL');
  await vi.waitUntil(() => reports.includes('app is back'), { timeout: 10_000 });
  expect(reports[0]).toBe('app was ended by SIGKILL; starting it again in 0.001 s');
  expect(pid()).not.toBe(first);
});

test('a process that keeps ending is restarted after growing waits', async () => {
  const program = "console.log('ready'); setTimeout(() => process.exit(4), 30);";
  await supervise(program, { restartDelayMaxMs: 4 }).start(never);
  await vi.waitUntil(() => reports.filter((text) => text.includes('again')).length >= 4, { timeout: 10_000 });
  const delays = reports.flatMap((text) => /again in (\S+) s/.exec(text)?.[1] ?? []);
  expect(delays.slice(0, 4)).toEqual(['0.001', '0.002', '0.004', '0.004']);
});

test('a process that ends before it is ready fails the start, and the error has its exit code', async () => {
  await expect(supervise('process.exit(3)').start(never)).rejects.toThrow(
    'app exited with code 3 before it was ready',
  );
});

test('a process that is never ready fails the start and is killed', async () => {
  const supervisor = supervise("console.log('busy'); setInterval(() => {}, 1000);", { readyTimeoutMs: 500 });
  await expect(supervisor.start(never)).rejects.toThrow('app was not ready after 0.5 s');
  expect(() => pid()).toThrow();
});

test('a stop during the start ends the process', async () => {
  const stopping = new AbortController();
  const started = supervise("console.log('busy'); setInterval(() => {}, 1000);").start(stopping.signal);
  await vi.waitUntil(() => lines.includes('busy'), { timeout: 10_000 });
  const child = pid();
  stopping.abort();
  await expect(started).rejects.toThrow();
  expect(isAlive(child)).toBe(false);
});

test('a stop kills a process that ignores the signal, with its children, and does not count as a crash', async () => {
  const program = `
    process.on('SIGTERM', () => {});
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log('child ' + child.pid);
    ${serving}`;
  const supervisor = supervise(program);
  await supervisor.start(never);
  const pids = [pid(), Number(lines.find((line) => line.startsWith('child'))?.split(' ')[1])];
  await supervisor.stop(100);
  await vi.waitUntil(() => pids.every((each) => !isAlive(each)), { timeout: 5000 });
  expect(reports).toEqual([]);
});
