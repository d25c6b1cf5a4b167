import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '@antiphon/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryData } from '../python/testing/memory-data.ts';
import { testUser } from '../testing/call.ts';
import { egressTo } from '../testing/fake-web.ts';
import { RemoteShell } from './remote-shell.ts';
import type { ShellCall } from './shell.ts';

const program = resolve(import.meta.dirname, '../../../../deploy/shell-runner/runner.mjs');
const limits = { fileBytesMax: 1_000, bytesMax: 4_000, filesMax: 4 };
const exit = (exit_code: number) => ({ type: 'exit', exit_code });

/** The runner of `deploy/shell-runner` on a free port of loopback. */
async function startRunner(variables: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-spec-'));
  chmodSync(folder, 0o755);
  const dataFolder = join(folder, 'data');
  const runner: ChildProcess = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], PORT: '0', DATA_FOLDER: dataFolder, TMPDIR: folder, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!runner.stdout) throw new Error('the runner has no output');
  const [line] = (await once(createInterface(runner.stdout), 'line')) as [string];
  const url = line.slice(line.indexOf('http'));
  const shell = new RemoteShell(
    { url, timeoutMs: 60_000, startTimeoutMs: 20_000, data: limits },
    egressTo(new URL(url).host),
  );
  return {
    url,
    folder,
    dataFolder,
    run: (
      commands: string[],
      data = new MemoryData(),
      over: Partial<ShellCall> = {},
      signal = new AbortController().signal,
    ) =>
      shell.run(
        {
          ...{ caller: testUser, commands, containerId: 'cntr_1', data },
          ...{ timeoutMs: null, outputBytesMax: 1_000, memoryMb: null, network: null, ...over },
        },
        signal,
      ),
    policies: () => shell.networkPolicies(AbortSignal.timeout(5_000)),
    async stop() {
      runner.kill();
      await once(runner, 'exit');
      await shell.onModuleDestroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether the process with the id that a command wrote still runs. */
function isRunning(pid = ''): boolean {
  expect(pid).toMatch(/^\d+\n$/);
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid.trim()}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const runner = await startRunner();
afterAll(() => runner.stop());

it('commands run one after the other among the files, and what they change is kept', async () => {
  const data = new MemoryData({ 'in.txt': 'Hello', 'old.txt': 'old', 'sub/same.txt': 'same' });
  const { output, changes } = await runner.run(
    [
      'cat in.txt sub/same.txt',
      'rm old.txt; mkdir -p new; echo made > new/out.txt',
      'cat new/out.txt >&2; exit 3',
    ],
    data,
  );
  expect(output).toEqual([
    { stdout: 'Hellosame', stderr: '', outcome: exit(0) },
    { stdout: '', stderr: '', outcome: exit(0) },
    { stdout: '', stderr: 'made\n', outcome: exit(3) },
  ]);
  expect(data.texts).toEqual({ 'in.txt': 'Hello', 'sub/same.txt': 'same', 'new/out.txt': 'made\n' });
  expect(changes.saved.map(({ path }) => path)).toEqual(['new/out.txt']);
});

it('a call finds nothing of the calls before it', async () => {
  await runner.run(['echo secret > left.txt; echo secret > "$HOME/left.txt"']);
  expect(readdirSync(runner.dataFolder)).toEqual([]);
  const { output } = await runner.run(['ls -A . "$HOME"; env | grep -c SECRET']);
  expect(output[0]?.stdout).not.toContain('left.txt');
  expect(readdirSync(runner.folder)).toEqual(['data']);
});

it('links that lead out of the folder are not followed', async () => {
  const { changes } = await runner.run(['ln -s /etc/hostname link; ln -s / root; echo x > file']);
  expect(changes.saved.map(({ path }) => path)).toEqual(['file']);
});

it('what runs beyond the time is ended with its whole group, and later commands do not begin', async () => {
  const data = new MemoryData();
  const commands = ['echo begun; (sleep 600 & echo $! > child); sleep 600', 'echo never'];
  const { output } = await runner.run(commands, data, { timeoutMs: 1_500 });
  expect(output).toEqual([
    { stdout: 'begun\n', stderr: '', outcome: { type: 'timeout' } },
    { stdout: '', stderr: '', outcome: { type: 'timeout' } },
  ]);
  await expect.poll(() => isRunning(data.texts['child'])).toBe(false);
});

it('a command that leaves a process behind ends, and so does the process', async () => {
  const data = new MemoryData();
  const { output } = await runner.run(['sleep 600 & echo $! > child; echo done'], data);
  expect(output).toEqual([{ stdout: 'done\n', stderr: '', outcome: exit(0) }]);
  await expect.poll(() => isRunning(data.texts['child'])).toBe(false);
});

it('long output is cut, and memory is limited where the call says so', async () => {
  const { output } = await runner.run(
    ['head -c 5000 /dev/zero | tr "\\0" x; ulimit -v >&2'],
    new MemoryData(),
    {
      memoryMb: 512,
    },
  );
  expect(output[0]?.stdout).toMatch(/^x{1000}\n\[The output was cut: it has 5000 bytes, 1000 are given\.\]$/);
  expect(output[0]?.stderr).toBe('524288\n');
});

it('files that are too large fail the call, and those that a container cannot have are notes', async () => {
  await expect(runner.run(['head -c 9000 /dev/zero > big'])).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('too large files') as string,
  });
  const { changes } = await runner.run(['head -c 2000 /dev/zero > large; echo x > small']);
  expect(changes.saved.map(({ path }) => path)).toEqual(['small']);
  expect(changes.notes).toEqual([expect.stringContaining('/mnt/data/large was not kept')]);
});

describe('a request that is none', () => {
  it.each([
    ['no JSON', '{', 400],
    ['no commands', JSON.stringify({ commands: [], files: [] }), 400],
    [
      'a path out of the folder',
      JSON.stringify({ commands: ['ls'], files: [{ path: '../out', content: '' }], timeout_ms: 1 }),
      400,
    ],
  ])('is refused: %s', async (_what, body, status) => {
    expect((await fetch(runner.url, { method: 'POST', body })).status).toBe(status);
  });
});

it('says that it is there', async () => {
  expect((await fetch(runner.url)).status).toBe(200);
});

it('says which network policies it enforces, and a call without network reaches nothing', async () => {
  const policies = await runner.policies();
  const call = (type: 'disabled' | 'allowlist') =>
    runner.run(['grep : /proc/net/dev | cut -d: -f1'], new MemoryData(), {
      network: type === 'disabled' ? { type } : { type, domains: ['example.org'] },
    });
  await expect(call('allowlist')).rejects.toMatchObject({ code: 'unavailable' });
  // Not every machine lets its users make namespaces.
  if (!policies.includes('disabled'))
    await expect(call('disabled')).rejects.toMatchObject({ code: 'unavailable' });
  else expect((await call('disabled')).output[0]?.stdout.trim()).toBe('lo');

  const offline = await startRunner({ NETWORK: 'none' });
  expect(await offline.policies()).toEqual(['disabled']);
  await offline.stop();
});

it('a runner that is busy or away is unavailable; a call that its caller leaves is ended', async () => {
  const busy = await startRunner({ WAITING_MAX: '0' });
  const leaving = new AbortController();
  const endless = busy.run(['touch begun; sleep 600'], new MemoryData(), {}, leaving.signal);
  await expect
    .poll(() => (existsSync(busy.dataFolder) ? readdirSync(busy.dataFolder) : []))
    .toContain('begun');
  const outcome = () =>
    busy.run(['true']).then(
      () => 'ran',
      (error: unknown) => (error instanceof AppError ? error.code : 'another error'),
    );
  expect(await outcome()).toBe('unavailable');
  leaving.abort();
  await expect(endless).rejects.toThrow();
  await expect.poll(outcome).toBe('ran');
  await busy.stop();
  expect(await outcome()).toBe('unavailable');
});

it.runIf(process.getuid?.() === 0)(
  'commands have a user of their own, whose processes end with the call',
  async () => {
    const own = await startRunner({ RUN_AS: '64321' });
    try {
      const data = new MemoryData({ 'sub/in.txt': 'x' });
      const { output } = await own.run(
        ['id -u; setsid sleep 600 & echo $! > sub/child', 'touch /etc/antiphon-spec', 'cat /proc/1/environ'],
        data,
      );
      expect(output.map(({ outcome }) => outcome)).toEqual([exit(0), exit(1), exit(1)]);
      expect(output[0]?.stdout).toBe('64321\n');
      await expect.poll(() => isRunning(data.texts['sub/child'])).toBe(false);
    } finally {
      await own.stop();
    }
  },
);
