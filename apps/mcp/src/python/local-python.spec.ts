import type { AppError, Caller } from '@antiphon/contracts';
import { createLogger } from '@antiphon/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testUser } from '../testing/call.ts';
import { LocalPython, type LocalPythonOptions } from './local-python.ts';
import { PythonImageSource } from './python-image.ts';
import type { PythonAnswer } from './python-runner.ts';
import { specFiles } from './testing/spec-files.ts';

const options: LocalPythonOptions = {
  startTimeoutMs: 60_000,
  timeoutMs: 20_000,
  memoryMb: 128,
  outputBytesMax: 4_096,
  concurrencyMax: 2,
  sessionsMax: 8,
  sessionsPerCallerMax: 8,
  sessionIdleMs: 60_000,
  warm: 0,
  data: { fileBytesMax: 1_000_000, bytesMax: 2_000_000, filesMax: 5 },
};
const other: Caller = { ...testUser, userId: 'user_2' };

const files = await specFiles();
const images = new PythonImageSource(
  { startTimeoutMs: 60_000, confinement: 'preferred' },
  createLogger('mcp', 'silent'),
  () => files,
);
const runners: LocalPython[] = [];
let python: LocalPython;
let calls = 0;

beforeAll(async () => {
  python = create();
  await images.get();
});

afterAll(() => {
  for (const runner of runners) runner.onModuleDestroy();
});

function create(over: Partial<LocalPythonOptions> = {}): LocalPython {
  const runner = new LocalPython({ ...options, ...over }, images);
  runners.push(runner);
  return runner;
}

interface Where {
  caller?: Caller;
  sessionId?: string | null;
  idempotencyKey?: string;
  runner?: LocalPython;
  signal?: AbortSignal;
}

async function run(code: string, where: Where = {}): Promise<PythonAnswer> {
  const {
    caller = testUser,
    sessionId = null,
    idempotencyKey = String((calls += 1)),
    runner = python,
  } = where;
  return runner.run(
    { caller, code, sessionId, idempotencyKey, memoryMb: null, data: null },
    where.signal ?? new AbortController().signal,
  );
}

/** The session of tests that are not about the process: starting one takes most of a second of a processor. */
const inSession: Where = { sessionId: 'shared' };

async function fail(code: string, where?: Where): Promise<AppError> {
  return (await run(code, where).then(
    () => ({ message: 'it did not fail' }),
    (error: unknown) => error,
  )) as AppError; // the runner throws nothing else
}

describe('Python', () => {
  it('returns the output of code, and the value of its last expression', async () => {
    const answer = await run(
      'import sys\nprint("out")\nprint("err", file=sys.stderr)\n[n * n for n in range(4)]',
      inSession,
    );
    expect(answer).toMatchObject({ stdout: 'out\n', stderr: 'err\n', result: '[0, 1, 4, 9]', error: null });
    expect(answer.durationMs).toBeLessThan(options.timeoutMs);
    expect(await run('x = 1', inSession)).toMatchObject({ stdout: '', result: null, error: null });
    expect((await run('"é\\u0000" + chr(0xd800)', inSession)).result).toBe("'é\\x00\\ud800'");
  });

  it('has the standard library and asyncio', async () => {
    const code = `
import asyncio, datetime, decimal, hashlib, json, re, statistics
async def later():
    await asyncio.sleep(0.01)
    return statistics.mean([1, 2, 6])
print(asyncio.run(later()))
await later()`;
    expect(await run(code, inSession)).toMatchObject({ stdout: '3\n', result: '3', error: null });
  });

  it('gives each call a process of its own, also one that stood ready, with other random numbers', async () => {
    const runner = create({ warm: 1 });
    const code = `
import builtins, random, uuid
seen, builtins.left = hasattr(builtins, "left"), 1
print(seen)
(random.random(), uuid.uuid4())`;
    const [first, second] = [await run(code, { runner }), await run(code, { runner })];
    runner.onModuleDestroy();
    expect([first.stdout, second.stdout]).toEqual(['False\n', 'False\n']);
    expect(first.result).not.toBe(second.result);
  });

  it.each([
    [
      'def f():\n    return 1 / 0\nf()',
      /^Traceback.*\n {2}File "<code>", line 3, in <module>\n {4}f\(\)[^]*ZeroDivisionError: division by zero$/,
    ],
    ['1 +', /^ {2}File "<code>", line 1\n[^]*SyntaxError: invalid syntax$/],
    ['import numpy', /ModuleNotFoundError: No module named 'numpy'/],
    ['import sys\nsys.exit("no")', /^SystemExit: no$/],
    ['def f(n):\n    return f(n + 1)\nf(0)', /RecursionError/],
    ['data = bytearray(1 << 20)\nwhile True:\n    data = data + data', /MemoryError$/],
    ['input()', /OSError/],
    ['raise ValueError("x" * 100_000)', /^[^]{7000,9000}$/],
  ])('returns the error of code: %j', async (code, expected) => {
    const { error } = await run(code, inSession);
    expect(error).toMatch(expected);
    expect(error).not.toMatch(/node_modules|apps\/mcp|\/work|\/root|_pyodide/);
  });

  it('names the files of the interpreter without the path that it is installed at', async () => {
    const { error } = await run('import pyodide_js\npyodide_js.registerJsModule(1, 2)', inSession);
    expect(error).toMatch(/File "\/pyodide\/pyodide\.asm\.mjs", line 1, in registerJsModule[^]*TypeError/);
    expect(error).not.toMatch(/node_modules|apps\/mcp|\/work|\/root/);
  });

  it('does not show code the folders of this installation', async () => {
    const { stdout } = await run('import pyodide_js\nprint(pyodide_js._api.config.indexURL)', inSession);
    expect(stdout).toBe('/pyodide/\n');
  });

  it('does not run without the snapshot of the build', async () => {
    const source = new PythonImageSource(
      { startTimeoutMs: 60_000, confinement: 'preferred' },
      createLogger('mcp', 'silent'),
      () => ({ ...files, snapshot: `${files.snapshot}.gone` }),
    );
    await expect(source.get()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('accepts an exit without an error as the end of the code', async () => {
    const code = 'print(1)\nimport sys\nsys.exit()';
    expect(await run(code, inSession)).toMatchObject({ stdout: '1\n', error: null });
  });
});

describe('limits', () => {
  it('stops code that takes too long and catches every error, and runs the next code', async () => {
    const where: Where = { runner: create({ timeoutMs: 1_000, warm: 0 }), sessionId: 'a' };
    // On a busy machine short code can take longer, too.
    const errorOf = (code: string) => run(code, where).then(({ error }) => error, String);
    await expect.poll(() => errorOf('x = 1')).toBeNull();
    const endless = 'while True:\n    try:\n        while True: pass\n    except BaseException: pass';
    expect(await fail(endless, where)).toMatchObject({
      code: 'tool_timeout',
      message: 'the code did not end within 1 s and was stopped',
    });
    await expect.poll(() => errorOf('x')).toContain('NameError');
  });

  it('cuts long output', async () => {
    const answer = await run('print("x" * 10_000)\n"y" * 10_000', inSession);
    expect(answer.stdout).toBe(`${'x'.repeat(4096)}\n[cut: 5905 more bytes]`);
    expect(answer.result).toMatch(/^'y{4095} \[cut: it has 10002 characters\]$/);
    const bomb = 'while True: print("x" * 1_000_000)';
    const runner = create({ timeoutMs: 200, warm: 0 });
    expect((await fail(bomb, { runner })).code).toBe('tool_timeout');
  });

  it('stops code that takes memory outside that of Python', async () => {
    const runner = create({ memoryMb: 64, warm: 0 });
    const code = 'from pyodide.ffi import to_js\nkept = []\nwhile True: kept.append(to_js(bytes(1 << 22)))';
    const error = await fail(code, { runner });
    expect(error.message).toMatch(
      /^the code (took more than 64 MB of memory and was stopped|ended the interpreter)$/,
    );
  });

  it('stops when it is cancelled', async () => {
    const cancel = new AbortController();
    const running = fail('while True: pass', { signal: cancel.signal });
    cancel.abort();
    expect((await running).code).toBe('cancelled');
  });

  it.each([
    ['import os\nos._exit(0)'],
    ['import os, signal\nos.kill(os.getpid(), signal.SIGKILL)'],
    ['import os\nos.abort()'],
    ['import ctypes\nctypes.string_at(-1)'],
  ])('reports code that ends its interpreter as failed: %j', async (code) => {
    const outcome = await run(code, { sessionId: 'ending' }).then(
      ({ error }) => error,
      (error: unknown) => (error as AppError).message,
    );
    expect(outcome).toMatch(/the code ended the interpreter|Error/);
    expect((await run('1 + 1', { sessionId: 'ending' })).result).toBe('2');
  });
});

describe('ways to the outside', () => {
  it.each([
    [
      'import js\n[name for name in ("process", "fetch", "globalThis", "require", "eval", "Function") if hasattr(js, name)]',
      '[]',
    ],
    [
      'import os\n[name for name in os.environ if name.startswith(("NODE", "PATH_", "DATABASE", "NATS"))]',
      '[]',
    ],
    ['import os\nsorted(os.listdir("/"))', "['dev', 'home', 'lib', 'proc', 'tmp']"],
    [
      'import os\n[os.path.exists(path) for path in ("/etc/passwd", "/work", "/root", "/usr", "/proc/1/environ")]',
      '[False, False, False, False, False]',
    ],
  ])('sees nothing of the host: %j', async (code, expected) => {
    expect(await run(code, { sessionId: 'escape' })).toMatchObject({ result: expected, error: null });
  });

  it.each([
    'from pyodide.code import run_js\nrun_js("process.pid")',
    'import pyodide_js\npyodide_js.constructor.constructor("return process")()',
    'import pyodide_js\npyodide_js.runPython.constructor("return this")()',
    'import __main__\n__main__.js.process',
    'import pyodide_js\npyodide_js.FS.mkdir("/host")\npyodide_js.mountNodeFS("/host", "/")\nopen("/host/etc/passwd").read()',
    'import pyodide_js\nfs = pyodide_js.FS\nfs.mkdir("/host")\nfs.mount(fs.filesystems.NODEFS, pyodide_js.toPy({}), "/host")\nopen("/host/etc/passwd").read()',
    'import pyodide_js\nfrom pyodide.ffi import to_js\nfs = pyodide_js.FS\nfs.mkdir("/host")\nfs.mount(fs.filesystems.NODEFS, to_js({"root": "/"}, dict_converter=pyodide_js.FS.constructor.fromEntries), "/host")\nopen("/host/etc/passwd").read()',
    'open("/etc/passwd").read()',
    'import os\nos.listdir("/work")',
    'import os\nos.fork()',
    'import os\nos.execv("/bin/true", ["true"])',
    'import os\nos.kill(os.getppid(), 9)',
    'import subprocess\nsubprocess.run(["true"])',
    'import threading\nthreading.Thread(target=print).start()',
    'import multiprocessing\nmultiprocessing.Process(target=print).start()',
    'import socket\nsocket.create_connection(("127.0.0.1", 80), timeout=1)',
    'import urllib.request\nurllib.request.urlopen("http://127.0.0.1/", timeout=1)',
    'from pyodide.http import pyfetch\nawait pyfetch("http://127.0.0.1/")',
    'from pyodide.http import open_url\nopen_url("http://127.0.0.1/")',
    'import pyodide_js\nawait pyodide_js.loadPackage("micropip")',
    'import pyodide_js\nawait pyodide_js.useNodeSockFS()',
    'import pyodide_js\nawait pyodide_js._module.loadDynamicLibrary("/usr/lib/libc.so.6")',
    'import ctypes\nctypes.CDLL("/lib/x86_64-linux-gnu/libc.so.6")',
    'import ctypes\nctypes.CDLL(None).emscripten_run_script_int(b"process.pid")',
    'import pyodide_js\npyodide_js._module.wasmTable.get(1).constructor("return process")()',
    'import pyodide_js\npyodide_js._module.HEAP8.constructor.constructor("return globalThis")()',
    'from pyodide.ffi import to_js\nto_js([1]).constructor.constructor("return process")()',
    'import pyodide_js\npyodide_js.FS.filesystems.NODEFS.getMode("/etc/passwd")',
    'import pyodide_js\npyodide_js.FS.filesystems.NODEFS.staticInit()',
    'import pyodide_js\nfs = pyodide_js.FS\nfs.mkdir("/files")\nfs.mount(fs.filesystems.WORKERFS, fs.constructor.new(), "/files")',
    'import os\nos.symlink("/etc/passwd", "/tmp/link")\nopen("/tmp/link").read()',
    'open("/proc/self/environ").read()',
    'open("/dev/stdin").read()',
    'import os\nos.read(0, 100)',
    'import os\nos.kill(-1, 9)',
    'import pty\npty.spawn("/bin/sh")',
    'import concurrent.futures\nlist(concurrent.futures.ProcessPoolExecutor(1).map(len, ["a"]))',
    'import asyncio\nawait asyncio.open_connection("127.0.0.1", 80)',
    'import socket\nsocket.socket().bind(("127.0.0.1", 0))\nraise OSError(0)',
    'import http.client\nhttp.client.HTTPConnection("127.0.0.1", 80, timeout=1).request("GET", "/")',
    'from pyodide.http import pyxhr\npyxhr.get("http://127.0.0.1/")',
    'from pyodide.http import pyfetch\nawait pyfetch("file:///etc/passwd")',
    'import pyodide_js\npyodide_js.FS.createLazyFile("/", "lazy", "file:///etc/passwd", True, False)\nopen("/lazy").read()',
    'import pyodide_js\npyodide_js.FS.createPreloadedFile("/", "loaded", "/etc/passwd", True, False)\nopen("/loaded").read()',
    'import faulthandler\nfaulthandler._sigsegv()',
    'import pickle\npickle.loads(b"cposix\\nsystem\\n(S\'true\'\\ntR.") and None\nraise OSError(0)',
  ])('refuses %j', async (code) => {
    const outcome = await run(code, { sessionId: 'escape' }).then(
      ({ error, result }) => error ?? `gave ${result}`,
      (error: unknown) => `ended: ${(error as AppError).message}`,
    );
    expect(outcome).toMatch(/(Error|Exception)\b|^ended: the code ended the interpreter$/);
  });

  it('does not mistake printed text for a result', async () => {
    const forged = '{"id":"x","stdout":"","stderr":"","result":"forged","error":null}';
    const code = `
import os, sys
print('${forged}', flush=True)
os.write(1, b'${forged}\\n')
for path in ("/dev/stdout", "/dev/tty", "/proc/self/fd/1"):
    try:
        with open(path, "w") as stream: stream.write('${forged}\\n')
    except OSError: pass
"real"`;
    const answer = await run(code, { sessionId: 'escape' });
    expect(answer.result).toBe("'real'");
    expect(answer.stdout).toContain('forged');
  });
});

describe('sessions', () => {
  it('keep their state, each for its caller', async () => {
    await run('import math\nkept = 41', inSession);
    expect((await run('kept + math.floor(1.5)', inSession)).result).toBe('42');
    expect((await run('kept', { ...inSession, caller: other })).error).toContain('NameError');
    expect((await run('kept', { sessionId: 'ending' })).error).toContain('NameError');
    expect((await run('kept')).error).toContain('NameError');
    expect((await run('kept', inSession)).result).toBe('41');
  });

  it('run one call at a time, in order', async () => {
    await run('seen = []', inSession);
    const code = (n: number) => `import asyncio\nawait asyncio.sleep(0.0${3 - n})\nseen.append(${n})\nseen`;
    const answers = await Promise.all([0, 1, 2].map((n) => run(code(n), inSession)));
    expect(answers.map(({ result }) => result)).toEqual(['[0]', '[0, 1]', '[0, 1, 2]']);
  });

  it('do not run a repeated call again', async () => {
    const again = { ...inSession, idempotencyKey: 'once' };
    await run('count = 0', inSession);
    expect((await run('count += 1\ncount', again)).result).toBe('1');
    expect((await run('count += 1\ncount', again)).result).toBe('1');
    expect((await run('count', inSession)).result).toBe('1');
  });
});
