import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import type { InterpreterFiles } from './interpreter-files.ts';
import { snapshotCommand } from './python-command.ts';

/**
 * Writes the memory of a started interpreter, from a process that has run no caller's code. Making it takes some seconds of a processor; an
 * interpreter starts from it in a fifth of that. Throws where Python does not start.
 */
export async function writeSnapshot({ program, snapshot }: InterpreterFiles): Promise<void> {
  const unfinished = `${snapshot}.${process.pid}`;
  try {
    await writeOutput(snapshotCommand(program), unfinished);
    await rename(unfinished, snapshot);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Writes the standard output of a command to a file. */
async function writeOutput([command = '', ...args]: readonly string[], path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    const child = spawn(command, args, { env: {}, cwd: '/', stdio: ['ignore', file.fd, 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null]; // the event's first argument
    if (code !== 0) throw new Error(`the interpreter for the snapshot ended with ${code}`);
  } finally {
    await file.close();
  }
}
