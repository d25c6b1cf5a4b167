import { spawn } from 'node:child_process';
import { killGroup } from './process-table.ts';

export interface CommandOptions {
  workingFolder: string;
  environment?: NodeJS.ProcessEnv;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface CommandOutcome {
  succeeded: boolean;
  /** Standard output and standard error, interleaved. */
  output: string;
}

const outputLengthMax = 2_000_000;

/**
 * Runs a program to its end and collects its output. The program gets a process group, which is killed when the signal fires or the time
 * is up.
 */
export async function runCommand(
  command: string,
  commandArguments: string[],
  { workingFolder, environment = process.env, timeoutMs, signal }: CommandOptions,
): Promise<CommandOutcome> {
  signal.throwIfAborted();
  const child = spawn(command, commandArguments, {
    cwd: workingFolder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputLengthMax);
    });
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  const end = () => child.pid !== undefined && killGroup(child.pid);
  const ending = AbortSignal.any([signal, timeout]);
  ending.addEventListener('abort', end, { once: true });
  // If this script exits, the program ends with it.
  process.on('exit', end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (timeout.aborted) output += `\n${command} took longer than ${timeoutMs / 1000} s and was ended.`;
    return { succeeded: code === 0, output };
  } finally {
    ending.removeEventListener('abort', end);
    process.off('exit', end);
  }
}
