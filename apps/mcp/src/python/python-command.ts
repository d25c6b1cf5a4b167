import { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realpathSync } from 'node:fs';
import type { Launcher } from './confinement/launcher.ts';

const pagesAMegabyte = 16;

/** The limit of JavaScript's heap. Python's objects are in WebAssembly memory, which has its own limit. */
const heapMb = 128;

/**
 * The command that runs an interpreter: Node with its permission model on, which may read Pyodide's folder and the interpreter's own, cannot
 * start processes or threads or load native code, cannot make code from strings, and has a bound on its memory.
 */
export function pythonCommand(memoryMb: number, snapshotBytes: number, launcher: Launcher | null): string[] {
  const pyodide = realpathSync(dirname(createRequire(import.meta.url).resolve('pyodide/package.json')));
  // A file with the extension of this one: JavaScript when built, TypeScript in tests.
  const interpreter = new URL(`./inside/interpreter${extname(import.meta.url)}`, import.meta.url);
  const program = realpathSync(fileURLToPath(interpreter));
  return confinedNode(
    [
      `--allow-fs-read=${pyodide}/`,
      `--allow-fs-read=${dirname(program)}/`,
      `--wasm-max-mem-pages=${memoryMb * pagesAMegabyte}`,
      '--experimental-wasm-jspi', // asyncio.run needs it
      program,
      pyodide,
      String(snapshotBytes),
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
    ...rest,
  ];
  return launcher ? launcher(command) : command;
}
