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
  return { program: place('./inside/interpreter.js'), snapshot: place(`./${snapshotName()}`) };
}

/** The name of the snapshot. Another version of Node or Pyodide, or other preparation, has another one. */
export function snapshotName(): string {
  const { version } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('pyodide/package.json'), 'utf8'),
  ) as { version: string }; // of an installed package
  const key = JSON.stringify([process.version, process.arch, version, preparation]);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.snapshot`;
}
