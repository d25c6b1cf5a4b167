import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError } from '@antiphon/contracts';
import { yieldToOthers } from './yield-to-others.ts';

const snapshotBytesMax = 128 * 1024 * 1024;

/** A low priority: the snapshot is made while the services start, and no call waits for it yet. */
const niceness = 15;

/**
 * The memory of a started interpreter, from a process that has run no caller's code. Making it takes some seconds of a processor; starting from
 * it takes a tenth of that. Throws `unavailable`.
 */
export async function makeSnapshot(
  [file = '', ...args]: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const options = { encoding: 'buffer', env: {}, cwd: '/', maxBuffer: snapshotBytesMax } as const;
  const running = promisify(execFile)(file, args, {
    ...options,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    signal,
  });
  yieldToOthers(running.child.pid, niceness);
  try {
    const { stdout } = await running;
    return stdout;
  } catch (cause) {
    throw new AppError('unavailable', 'Python did not start', { cause });
  }
}
