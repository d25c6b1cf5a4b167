import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { AppError } from '@antiphon/contracts';
import { z } from 'zod';
import type { PythonAnswer } from './python-runner.ts';
import { yieldToOthers } from './yield-to-others.ts';

export interface ProcessLimits {
  startTimeoutMs: number;
  timeoutMs: number;
  memoryMb: number;
  outputBytesMax: number;
}

const Ready = z.object({ ready: z.literal(true) });
const Answer = z.object({
  id: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  result: z.string().nullable(),
  error: z.string().nullable(),
});

/** The memory of Node and compiled WebAssembly, in addition to Python's own. */
const overheadMb = 256;
const memoryPollMs = 50;
const pageBytes = 4096;

/** Low enough that endless loops do not slow the services down, high enough that calls do not wait for long. */
const niceness = 5;

/** JSON writes one byte as six at most, and an answer has three texts of at most `outputBytesMax` bytes. */
const answerBytesMax = (outputBytesMax: number) => 3 * 6 * outputBytesMax + 128 * 1024;

/** One interpreter in a process of its own. It runs one piece of code at a time and is killed when the code exceeds a limit. */
export class PythonProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly limits: ProcessLimits;
  private readonly isReady: Promise<void>;
  private readonly ended = Promise.withResolvers<never>();
  private readonly startedAt = performance.now();
  private line = Promise.withResolvers<string>();
  private received: Buffer[] = [];
  private receivedBytes = 0;
  private hasStarted = false;
  private hasEnded = false;

  constructor([file = '', ...args]: readonly string[], snapshot: Uint8Array, limits: ProcessLimits) {
    this.limits = limits;
    this.child = spawn(file, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] });
    yieldToOthers(this.child.pid, niceness);
    this.child.once('error', () => this.end());
    this.child.once('exit', () => this.end());
    this.child.stdin.on('error', () => this.end());
    this.child.stdout.on('data', (chunk: Buffer) => this.receive(chunk));
    this.ended.promise.catch(() => undefined);
    this.isReady = this.nextLine().then((line) => {
      Ready.parse(parseJson(line));
      this.hasStarted = true;
    });
    this.isReady.catch(() => this.end());
    this.child.stdin.write(snapshot);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isAlive(): boolean {
    return !this.hasEnded;
  }

  /** Throws as PythonRunner.run does. After an error the process has ended. */
  async run(code: string, signal: AbortSignal): Promise<PythonAnswer> {
    const cancel = () => this.finish(new AppError('cancelled', 'the tool call was cancelled'));
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    const watch = setInterval(() => void this.checkMemory(), memoryPollMs);
    try {
      await this.waitUntilReady();
      return await this.answerTo(code);
    } catch (error) {
      this.end();
      throw error;
    } finally {
      clearInterval(watch);
      signal.removeEventListener('abort', cancel);
    }
  }

  end(): void {
    this.finish(
      this.hasStarted
        ? new AppError('invalid_request', 'the code ended the interpreter')
        : new AppError('unavailable', 'Python did not start'),
    );
  }

  private async waitUntilReady(): Promise<void> {
    const leftMs = this.startedAt + this.limits.startTimeoutMs - performance.now();
    const late = new AppError('unavailable', 'Python did not start in time');
    await this.within(Math.max(leftMs, 0), late, this.isReady);
  }

  private async answerTo(code: string): Promise<PythonAnswer> {
    const { timeoutMs, outputBytesMax } = this.limits;
    const startedAt = performance.now();
    const id = randomUUID();
    const late = new AppError(
      'tool_timeout',
      `the code did not end within ${timeoutMs / 1000} s and was stopped`,
    );
    const line = this.nextLine();
    this.child.stdin.write(`${JSON.stringify({ id, code, outputBytesMax })}\n`);
    const answer = Answer.safeParse(parseJson(await this.within(timeoutMs, late, line)));
    if (!answer.success || answer.data.id !== id || this.receivedBytes > 0) throw broken();
    const { id: _id, ...outcome } = answer.data;
    return { ...outcome, durationMs: Math.round(performance.now() - startedAt) };
  }

  private async within<T>(timeoutMs: number, late: AppError, wanted: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.finish(late), timeoutMs);
    try {
      return await Promise.race([wanted, this.ended.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async nextLine(): Promise<string> {
    this.line = Promise.withResolvers<string>();
    return Promise.race([this.line.promise, this.ended.promise]);
  }

  /** Collects output up to the end of a line, and ends the process when there is more than an answer may have. */
  private receive(chunk: Buffer): void {
    this.received.push(chunk);
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > answerBytesMax(this.limits.outputBytesMax)) return this.finish(broken());
    const end = chunk.indexOf(10);
    if (end < 0) return;
    const bytes = Buffer.concat(this.received);
    const length = bytes.length - chunk.length + end;
    const rest = bytes.subarray(length + 1);
    this.received = [rest];
    this.receivedBytes = rest.length;
    this.line.resolve(bytes.toString('utf8', 0, length));
  }

  /** Python's memory has its own limit; this check covers the whole process. It works on Linux only. */
  private async checkMemory(): Promise<void> {
    const text = await readFile(`/proc/${this.child.pid}/statm`, 'utf8').catch(() => '');
    const residentBytes = Number(text.split(' ')[1] ?? 0) * pageBytes;
    const { memoryMb } = this.limits;
    if (residentBytes > (memoryMb + overheadMb) * 1024 * 1024) {
      this.finish(
        new AppError('invalid_request', `the code took more than ${memoryMb} MB of memory and was stopped`),
      );
    }
  }

  private finish(reason: AppError): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.ended.reject(reason);
    this.child.kill('SIGKILL');
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw new AppError('invalid_request', 'the interpreter broke', { cause });
  }
}

function broken(): AppError {
  return new AppError('invalid_request', 'the interpreter broke');
}
