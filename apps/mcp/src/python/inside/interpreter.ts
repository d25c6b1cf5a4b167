import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { loadPyodide, PyodideAPI } from 'pyodide';
import type { PyCallable } from 'pyodide/ffi';
import { makeGlobalsBare } from './bare-globals.ts';
import { harness, preparation } from './harness.ts';
import { lockDown } from './lock-down.ts';

/*
 * The program of a process that runs Python: `node … interpreter.js PYODIDE_FOLDER SNAPSHOT_BYTES`. It reads from its standard input the
 * snapshot (the memory of a started interpreter), then requests, one line of JSON each. It writes the answer to each to its standard output,
 * which Python's own output never reaches. With 0 bytes of snapshot it writes a snapshot and ends.
 *
 * Pyodide is loaded as if there were no Node, so Python reaches no object of Node. Before the first line of code runs, every other way out is
 * closed as well.
 */

interface Request {
  id: string;
  code: string;
  outputBytesMax: number;
}

/** The folder of Python's own files, as Python sees it. */
const shownFolder = '/pyodide/';

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
const { readFileSync, readSync, writeSync } = fs;

await main(process);

async function main(node: NodeJS.Process): Promise<void> {
  const end = node.exit.bind(node);
  node.on('uncaughtException', () => end(70));
  node.on('unhandledRejection', () => end(70));
  const [, , folder = '', snapshotBytes] = node.argv;
  const snapshot = readExactly(Number(snapshotBytes));
  const python = await load(folder, snapshot);
  if (snapshot.length === 0) {
    python.runPython(preparation);
    writeAll(python.makeMemorySnapshot());
    end(0);
  }
  const stdout = new Output();
  const stderr = new Output();
  python.setStdin({ error: true });
  python.setStdout({ write: stdout.write, isatty: false });
  python.setStderr({ write: stderr.write, isatty: false });
  const run = python.runPython(harness) as PyCallable; // the harness ends with a function
  const read = lineReader();
  const shown = withoutPaths([folder, import.meta.dirname]);
  lockDown(node);
  answer({ ready: true });
  for (let line = read(); line !== null; line = read()) {
    const { id, code, outputBytesMax } = JSON.parse(line) as Request; // written by the process that started this one
    stdout.open(outputBytesMax);
    stderr.open(outputBytesMax);
    const outcome = JSON.parse((await run(code, outputBytesMax)) as string) as Record<string, string | null>; // the harness returns JSON
    const texts = { ...outcome, stdout: stdout.shown, stderr: stderr.shown };
    answer({ id, ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, shown(text)])) });
  }
  end(0);
}

/** Pyodide detects a bare shell by the globals `read` and `load`, and a source of random numbers by `WorkerGlobalScope`. */
async function load(folder: string, snapshot: Uint8Array): Promise<PyodideAPI> {
  const names = ['pyodide.asm.wasm', 'python_stdlib.zip'];
  const files = new Map(names.map((name) => [shownFolder + name, readFileSync(join(folder, name))]));
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
    ...(snapshot.length === 0 ? { _makeSnapshot: true } : { _loadSnapshot: snapshot }),
  });
  for (const name of Object.keys(shell)) Reflect.deleteProperty(globalThis, name);
  return python;
}

/**
 * Tracebacks through JavaScript name the files of this installation. Returns a function that removes its folders from a text.
 */
function withoutPaths(folders: readonly string[]): (text: string | null) => string | null {
  const paths = folders.flatMap((folder) => [pathToFileURL(folder).href, folder]);
  return (text) => text && paths.reduce((rest, path) => rest.replaceAll(`${path}/`, shownFolder), text);
}

/** Reads a line and blocks the process until it arrives; null at the end of the input. */
function lineReader(): () => string | null {
  const chunk = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  let text = '';
  return () => {
    let end = text.indexOf('\n');
    while (end < 0) {
      const length = readSync(0, chunk);
      if (length === 0) return null;
      text += decoder.decode(chunk.subarray(0, length), { stream: true });
      end = text.indexOf('\n');
    }
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line;
  };
}

function readExactly(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let got = 0; got < length;) {
    const more = readSync(0, bytes, got, length - got, null);
    if (more === 0) throw new Error('the snapshot ends early');
    got += more;
  }
  return bytes;
}

function answer(message: object): void {
  writeAll(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
}

function writeAll(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) sent += writeSync(1, bytes, sent);
}
