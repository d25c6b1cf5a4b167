import { createLogger } from '@antiphon/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { egressTo, give, startWeb } from '../testing/fake-web.ts';
import { testUser } from '../testing/call.ts';
import { LocalPython } from './local-python.ts';
import { PythonImageSource } from './python-image.ts';
import type { PythonCall, PythonRunner } from './python-runner.ts';
import { RemotePython } from './remote-python.ts';
import { MemoryData } from './testing/memory-data.ts';
import { specFiles } from './testing/spec-files.ts';

const limits = { fileBytesMax: 100_000, bytesMax: 200_000, filesMax: 4 };
const files = await specFiles();
const images = new PythonImageSource(
  { startTimeoutMs: 60_000, confinement: 'preferred' },
  createLogger('mcp', 'silent'),
  () => files,
);
const python = new LocalPython(
  {
    ...{ startTimeoutMs: 60_000, timeoutMs: 20_000, memoryMb: 128, outputBytesMax: 4_096 },
    ...{ concurrencyMax: 2, sessionsMax: 8, sessionsPerCallerMax: 8, sessionIdleMs: 60_000, warm: 0 },
    data: limits,
  },
  images,
);
beforeAll(() => images.get());
afterAll(() => python.onModuleDestroy());

let calls = 0;
function run(code: string, data: MemoryData, over: Partial<PythonCall> = {}, runner: PythonRunner = python) {
  const idempotencyKey = String((calls += 1));
  const call = { caller: testUser, code, sessionId: null, idempotencyKey, memoryMb: null, data, ...over };
  return runner.run(call, new AbortController().signal);
}

it('code starts among its files; what it writes, changes and removes is kept for the next process', async () => {
  const data = new MemoryData({ 'in.txt': 'Hello', 'old.txt': 'old', 'sub/same.txt': 'same' });
  const code = `
import os
text = open("in.txt").read()
open("in.txt", "r+").write("J")
open("/mnt/data/sub/out.txt", "w").write(text.upper())
open("empty", "w").close()
os.remove("old.txt")
os.getcwd()`;
  const answer = await run(code, data);
  expect(answer).toMatchObject({ error: null, result: "'/mnt/data'", isFresh: true });
  expect(answer.changes?.saved.map(({ path }) => path).sort()).toEqual(['empty', 'in.txt', 'sub/out.txt']);
  expect(answer.changes?.notes).toEqual([]);
  const kept = { 'in.txt': 'Jello', 'sub/same.txt': 'same', 'sub/out.txt': 'HELLO', empty: '' };
  expect(data.texts).toEqual(kept);
  expect((await run('open("sub/out.txt").read() + open("empty").read()', data)).result).toBe("'HELLO'");
});

it('a session gets only the files that it lacks, and loses those that are gone', async () => {
  const data = new MemoryData({ a: '1', b: '2' });
  const session = { sessionId: 'files' };
  const read = 'import os\n{name: open(name).read() for name in sorted(os.listdir())}';
  expect((await run(read, data, session)).result).toBe("{'a': '1', 'b': '2'}");
  data.log.length = 0;
  data.write('a', Buffer.from('3'));
  await data.remove(['b']);
  const again = await run(read, data, session);
  expect(again).toMatchObject({ result: "{'a': '3'}", isFresh: false, changes: { saved: [], notes: [] } });
  expect(data.log).toEqual(['remove b', 'read a']);
  // A change in the millisecond in which the file was written, and of the same size.
  data.write('a', Buffer.from('4'));
  await run('open("a", "w").write("5")', data, session);
  expect(data.texts).toEqual({ a: '5' });
});

it('a file that cannot be kept is a note, and the others are kept', async () => {
  const data = new MemoryData();
  const session = { sessionId: 'notes' };
  const code = `
import os
open("large", "w").write("x" * 100_001)
open("full", "w").write("x")
open("line\\nbreak", "w").write("x")
os.symlink("/mnt/data/fine", "link")
os.makedirs("a/b")
open("fine", "w").write("x")`;
  const { changes, error } = await run(code, data, session);
  expect(error).toBeNull();
  expect(data.texts).toEqual({ fine: 'x' });
  expect(changes?.notes.sort()).toEqual([
    '/mnt/data/full was not kept: There is no room.',
    '/mnt/data/large was not kept: it has 100001 bytes, and a file may have 100000',
    '/mnt/data/line?break was not kept: its path has control characters or empty names',
  ]);
  const many = 'for n in range(10): open(str(n), "w").write("x")';
  const { changes: ofMany } = await run(many, new MemoryData(), session);
  expect(ofMany?.saved).toHaveLength(4);
  expect(ofMany?.notes).toEqual(['only 4 files in /mnt/data are kept: remove some']);
  const rest = await run('import os, shutil\nos.chdir("/")\nshutil.rmtree("/mnt")', data, session);
  expect(rest.error).toBeNull();
  expect(data.texts).toEqual({});
});

it('code without files sees no folder for them', async () => {
  const call = { data: null, sessionId: 'none' };
  expect((await run('open("/mnt/data/x", "w")', new MemoryData(), call)).error).toContain(
    'FileNotFoundError',
  );
});

it('less memory than usual stops code earlier', async () => {
  const code = 'kept = bytearray(90 << 20)\nlen(kept)';
  expect((await run(code, new MemoryData(), { sessionId: 'none' })).result).toBe(String(90 << 20));
  expect((await run(code, new MemoryData(), { memoryMb: 64 })).error).toContain('MemoryError');
});

it('a runner of the operator gets all files, and returns those that changed', async () => {
  const content = Buffer.from('new').toString('base64');
  const answer = {
    duration_ms: 1,
    files: [
      { path: 'out', content },
      { path: '../x', content },
    ],
    removed: ['b'],
  };
  const web = await startWeb({ '/run': give('application/json', JSON.stringify(answer)) });
  try {
    const times = { timeoutMs: 5_000, startTimeoutMs: 1_000, outputBytesMax: 1_024, data: limits };
    const remote = new RemotePython({ url: `${web.url}/run`, ...times }, egressTo(new URL(web.url).host));
    const data = new MemoryData({ a: '1', b: '2' });
    const { changes } = await run('1', data, { memoryMb: 64 }, remote);
    expect(JSON.parse(web.requests[0]?.body ?? '')).toMatchObject({
      memory_mb: 64,
      files: [
        { path: 'a', content: 'MQ==' },
        { path: 'b', content: 'Mg==' },
      ],
    });
    expect(data.texts).toEqual({ a: '1', out: 'new' });
    expect(changes?.saved.map(({ path }) => path)).toEqual(['out']);
    expect(changes?.notes).toHaveLength(1);
  } finally {
    await web.close();
  }
});
