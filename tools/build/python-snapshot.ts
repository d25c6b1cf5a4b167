import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildError } from './build-error.ts';

const timeoutMs = 120_000;

/** Writes the memory that Python's interpreters start from beside their built program, unless it is there. */
export async function writePythonSnapshot(root: string): Promise<void> {
  const program = join(root, 'apps/mcp/dist/python/write-snapshot.js');
  try {
    await promisify(execFile)(process.execPath, [program], { timeout: timeoutMs });
  } catch (cause) {
    throw buildError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
