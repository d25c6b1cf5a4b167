import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { preparation } from './inside/harness.ts';

/** The files that every interpreter starts from. */
export interface InterpreterFiles {
  /** The program of the process. It may read the folder that it is in. */
  program: string;
  /** The memory that the process starts with. */
  snapshot: string;
}

/** The files that the build makes. */
export function builtFiles(): InterpreterFiles {
  const place = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const program = place('./inside/interpreter.js');
  return { program, snapshot: place(`./${snapshotName(program)}`) };
}

/** The name of the program's snapshot. Another version of Node or Pyodide, another program and other preparation have another one. */
export function snapshotName(program: string): string {
  const { version } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('pyodide/package.json'), 'utf8'),
  ) as { version: string }; // of an installed package
  const text = readFileSync(program, 'utf8');
  const key = JSON.stringify([process.version, process.arch, version, text, preparation]);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.snapshot`;
}
