import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { loadPyodide, PyodideAPI } from 'pyodide';
import type { PyCallable, PyDict } from 'pyodide/ffi';
import { makeGlobalsBare } from './bare-globals.ts';
import { DataFolder } from './data-folder.ts';
import { harnessName, preparation } from './harness.ts';
import { Input } from './input.ts';
import { loadModules, lockDown } from './lock-down.ts';

/*
 * The program of a process that runs Python: `node … interpreter.js PYODIDE_FOLDER MEMORY_PAGES SNAPSHOT_FILE`. It starts from the snapshot (the
 * memory of a started interpreter) and reads requests from its standard input, one line of JSON each; the bytes of a file follow the line that
 * announces them. It writes the answer to each in the same form to its standard output, which Python's own output never reaches. Without
 * SNAPSHOT_FILE it writes a snapshot and ends.
 *
 * Pyodide is loaded as if there were no Node, so Python reaches no object of Node. Before the first line of code runs, every other way out is
 * closed as well.
 */

type Request = { id: string } & (
  | { kind: 'run'; code: string; outputBytesMax: number; filesMax: number | null }
  /** Writes a file, whose bytes follow. */
  | { kind: 'put'; path: string; bytes: number }
  | { kind: 'get'; path: string }
  | { kind: 'remove'; path: string }
);

/** The folder of Python's own files, as Python sees it. */
const shownFolder = '/pyodide/';

/**
 * What a function of WebAssembly executes, in bytes, before V8 compiles it again with its optimizing compiler. A dozen functions exceed the default of
 * 13 MB while Python starts, which costs a fifth of the start. Functions that run for long are optimized as before, a little later.
 */
const tieringBudget = 2_000_000_000;

/** Collects Python's output, up to a limit. */
class Output {
  text = '';
  private readonly decoder = new TextDecoder();
  private room = 0;
  private droppedBytes = 0;

  open(bytesMax: number): void {
    this.text = '';
    this.room = bytesMax;
    this.droppedBytes = 0;
  }

  readonly write = (bytes: Uint8Array): number => {
    const taken = bytes.subarray(0, this.room);
    this.text += this.decoder.decode(taken, { stream: true });
    this.room -= taken.length;
    this.droppedBytes += bytes.length - taken.length;
    return bytes.length;
  };

  get shown(): string {
    return this.droppedBytes === 0 ? this.text : `${this.text}\n[cut: ${this.droppedBytes} more bytes]`;
  }
}

// Kept before the lock-down, which replaces the functions of the module by ones that refuse.
const { readFileSync, writeSync } = fs;

await main(process);

async function main(node: NodeJS.Process): Promise<void> {
  const end = node.exit.bind(node);
  node.on('uncaughtException', () => end(70));
  node.on('unhandledRejection', () => end(70));
  const [, , folder = '', memoryPages = '', snapshotFile] = node.argv;
  loadModules(node);
  setFlagsFromString(`--wasm-max-mem-pages=${memoryPages}`);
  setFlagsFromString(`--wasm-tiering-budget=${tieringBudget}`);
  const input = new Input();
  const python = await load(folder, snapshotFile);
  if (snapshotFile === undefined) {
    python.runPython(preparation);
    writeAll(python.makeMemorySnapshot());
    end(0);
  }
  const stdout = new Output();
  const stderr = new Output();
  python.setStdin({ error: true });
  python.setStdout({ write: stdout.write, isatty: false });
  python.setStderr({ write: stderr.write, isatty: false });
  const run = takeHarness(python);
  const folderOfData = new DataFolder(python.FS);
  const shown = withoutPaths([folder, import.meta.dirname]);

  const runCode = async (code: string, outputBytesMax: number): Promise<Record<string, string | null>> => {
    stdout.open(outputBytesMax);
    stderr.open(outputBytesMax);
    const outcome = JSON.parse((await run(code, outputBytesMax)) as string) as Record<string, string | null>; // the harness returns JSON
    const texts = { ...outcome, stdout: stdout.shown, stderr: stderr.shown };
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, shown(text)]));
  };
  const answerTo = async (request: Request): Promise<void> => {
    const { id } = request;
    if (request.kind === 'run') {
      const { filesMax } = request;
      if (filesMax !== null) folderOfData.open();
      const outcome = await runCode(request.code, request.outputBytesMax);
      answer({ id, ...outcome, files: filesMax === null ? null : folderOfData.changes(filesMax) });
    } else if (request.kind === 'put') {
      answer({ id, isDone: folderOfData.put(request.path, input.bytes(request.bytes)) });
    } else if (request.kind === 'get') {
      const bytes = folderOfData.get(request.path);
      answer({ id, bytes: bytes.length });
      writeAll(bytes);
    } else {
      folderOfData.remove(request.path);
      answer({ id, isDone: true });
    }
  };

  lockDown(node);
  answer({ ready: true });
  for (let line = input.line(); line !== null; line = input.line())
    await answerTo(JSON.parse(line) as Request); // written by the process that started this one
  end(0);
}

/**
 * Pyodide with the memory in a file; without one it is ready to make such a file. Pyodide detects a bare shell by the globals `read` and `load`,
 * and a source of random numbers by `WorkerGlobalScope`.
 */
async function load(folder: string, snapshotFile: string | undefined): Promise<PyodideAPI> {
  const names = ['pyodide.asm.wasm', 'python_stdlib.zip'];
  const files = new Map(names.map((name) => [shownFolder + name, readBytes(join(folder, name))]));
  const snapshot =
    snapshotFile === undefined ? { _makeSnapshot: true } : { _loadSnapshot: readBytes(snapshotFile) };
  const lock = JSON.parse(readFileSync(join(folder, 'pyodide-lock.json'), 'utf8')) as object;
  const scripts = ['pyodide.mjs', 'pyodide.asm.mjs'].map((name) => pathToFileURL(join(folder, name)).href);
  makeGlobalsBare();
  const shell = {
    WorkerGlobalScope: class {},
    read: () => undefined,
    load: () => undefined,
    readbuffer: (path: string) => files.get(path),
  };
  Object.assign(globalThis, shell);
  const [pyodide, assembly] = (await Promise.all(scripts.map((script) => import(script)))) as [
    { loadPyodide: typeof loadPyodide },
    { default: NonNullable<Parameters<typeof loadPyodide>[0]>['createPyodideModule'] },
  ]; // the package's own files
  const python = await pyodide.loadPyodide({
    indexURL: shownFolder,
    jsglobals: {},
    env: {},
    // Without its list of packages, which cannot be downloaded.
    lockFileContents: JSON.stringify({ ...lock, packages: {} }),
    createPyodideModule: assembly.default,
    ...snapshot,
  });
  // Pyodide keeps its options, and with them a copy of the memory.
  Reflect.deleteProperty(optionsOf(python), '_loadSnapshot');
  for (const name of Object.keys(shell)) Reflect.deleteProperty(globalThis, name);
  return python;
}

/** The function that runs code, made from the snapshot: Python compiles nothing for it. */
function takeHarness(python: PyodideAPI): PyCallable {
  const globals = python.globals as PyDict;
  const make = globals.get(harnessName) as () => PyCallable; // defined by the preparation
  globals.delete(harnessName);
  return make();
}

/** The bytes of a file, without Node's class for them. */
function readBytes(file: string): Uint8Array {
  const { buffer, byteOffset, length } = readFileSync(file);
  return new Uint8Array(buffer, byteOffset, length);
}

/** The options that Pyodide was loaded with, in an undocumented place. */
function optionsOf(python: PyodideAPI): object {
  return (python as unknown as { _api: { config: object } })._api.config;
}

/**
 * Tracebacks through JavaScript name the files of this installation. Returns a function that removes its folders from a text.
 */
function withoutPaths(folders: readonly string[]): (text: string | null) => string | null {
  const paths = folders.flatMap((folder) => [pathToFileURL(folder).href, folder]);
  return (text) => text && paths.reduce((rest, path) => rest.replaceAll(`${path}/`, shownFolder), text);
}

function answer(message: object): void {
  writeAll(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
}

function writeAll(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) sent += writeSync(1, bytes, sent);
}
