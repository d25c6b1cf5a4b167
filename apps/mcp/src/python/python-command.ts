import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Launcher } from './confinement/launcher.ts';
import type { InterpreterFiles } from './interpreter-files.ts';

const pagesAMegabyte = 16;

/** Memory for the interpreter that a snapshot is taken from. */
const snapshotMemoryMb = 256;

/** The limit of JavaScript's heap. Python's objects are in WebAssembly memory, which has its own limit. */
const heapMb = 128;

/** The room for new objects, which the start fills: with less of it, collecting garbage is a tenth of the start. */
const youngMb = 16;

/**
 * The command that runs an interpreter: Node with its permission model on, which may read Pyodide's folder and the interpreter's own files, cannot
 * start processes or threads or load native code, cannot make code from strings, and has a bound on its memory.
 */
export function pythonCommand(
  { program, snapshot }: InterpreterFiles,
  memoryMb: number,
  launcher: Launcher | null,
): string[] {
  return interpreter(program, memoryMb, realpathSync(snapshot), launcher);
}

/** The command that writes a snapshot of a started interpreter to its standard output. It runs no caller's code. */
export function snapshotCommand(program: string): string[] {
  return interpreter(program, snapshotMemoryMb, null, null);
}

function interpreter(
  program: string,
  memoryMb: number,
  snapshot: string | null,
  launcher: Launcher | null,
): string[] {
  const pyodide = realpathSync(dirname(createRequire(import.meta.url).resolve('pyodide/package.json')));
  const file = realpathSync(program);
  const readable = [`${pyodide}/`, `${dirname(file)}/`, ...(snapshot === null ? [] : [snapshot])];
  return confinedNode(
    [
      ...readable.map((path) => `--allow-fs-read=${path}`),
      '--experimental-wasm-jspi', // asyncio.run needs it
      file,
      pyodide,
      String(memoryMb * pagesAMegabyte),
      ...(snapshot === null ? [] : [snapshot]),
    ],
    launcher,
  );
}

/** A command for Node with every restriction that its options offer. */
export function confinedNode(rest: readonly string[], launcher: Launcher | null): string[] {
  const command = [
    process.execPath,
    '--permission',
    '--disallow-code-generation-from-strings',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${heapMb}`,
    `--min-semi-space-size=${youngMb}`,
    ...rest,
  ];
  return launcher ? launcher(command) : command;
}
