import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { AppError } from '@antiphon/contracts';
import { z } from 'zod';
import type { DataFiles, DataLimits } from '../data/data-files.ts';
import type { PythonAnswer } from '../python-runner.ts';
import { FolderReport, ProcessFolder } from './process-folder.ts';
import { ProcessOutput } from './process-output.ts';
import { yieldToOthers } from './yield-to-others.ts';

export interface ProcessLimits {
  startTimeoutMs: number;
  timeoutMs: number;
  memoryMb: number;
  outputBytesMax: number;
  data: DataLimits;
}

const Ready = z.object({ ready: z.literal(true) });
const Answer = z.object({
  stdout: z.string(),
  stderr: z.string(),
  result: z.string().nullable(),
  error: z.string().nullable(),
  files: FolderReport.nullable(),
});
const Done = z.object({ isDone: z.boolean() });
const Bytes = z.object({ bytes: z.number().int().nonnegative() });

/** The memory of Node and compiled WebAssembly, in addition to Python's own. */
const overheadMb = 256;
const memoryPollMs = 50;
const pageBytes = 4096;

/** Low enough that endless loops do not slow the services down, high enough that calls do not wait for long. */
const niceness = 5;

/** Bytes of a file's path and size in an answer. Longer paths are not kept. */
const listedFileBytes = 2_048;

/** JSON writes one byte as six at most, and an answer has three texts of at most `outputBytesMax` bytes, or the bytes of a file. */
function answerBytesMax({ outputBytesMax, data }: ProcessLimits): number {
  const texts = 3 * 6 * outputBytesMax + 2 * data.filesMax * listedFileBytes;
  return Math.max(texts, data.fileBytesMax) + 128 * 1024;
}

/** One interpreter in a process of its own. It runs one piece of code at a time and is killed when the code exceeds a limit. */
export class PythonProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly limits: ProcessLimits;
  private readonly isReady: Promise<void>;
  private readonly ended = Promise.withResolvers<never>();
  private readonly startedAt = performance.now();
  private readonly output: ProcessOutput;
  private readonly folder: ProcessFolder;
  private runs = 0;
  private hasStarted = false;
  private hasEnded = false;

  constructor([file = '', ...args]: readonly string[], limits: ProcessLimits) {
    this.limits = limits;
    this.output = new ProcessOutput(answerBytesMax(limits));
    this.folder = new ProcessFolder(
      {
        put: async (path, bytes) =>
          (await this.ask({ kind: 'put', path, bytes: bytes.length }, Done, bytes)).isDone,
        get: async (path) => this.readFile(path),
        remove: async (path) => void (await this.ask({ kind: 'remove', path }, Done)),
      },
      limits.data,
    );
    this.child = spawn(file, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] });
    yieldToOthers(this.child.pid, niceness);
    this.child.once('error', () => this.end());
    this.child.once('exit', () => this.end());
    this.child.stdin.on('error', () => this.end());
    this.child.stdout.on('data', (chunk: Buffer) => {
      if (!this.output.push(chunk)) this.finish(broken());
    });
    this.ended.promise.catch(() => undefined);
    this.isReady = this.output.line().then((line) => {
      Ready.parse(parseJson(line));
      this.hasStarted = true;
    });
    this.isReady.catch(() => this.end());
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isAlive(): boolean {
    return !this.hasEnded;
  }

  /**
   * Runs code, with the files of `data` in `/mnt/data` where there are any. Throws as PythonRunner.run does. After an error the process has
   * ended.
   */
  async run(code: string, data: DataFiles | null, signal: AbortSignal): Promise<PythonAnswer> {
    const cancel = () => this.finish(new AppError('cancelled', 'the tool call was cancelled'));
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    const watch = setInterval(() => void this.checkMemory(), memoryPollMs);
    try {
      await this.waitUntilReady();
      return await this.runWith(code, data);
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

  private async runWith(code: string, data: DataFiles | null): Promise<PythonAnswer> {
    const { outputBytesMax, data: limits } = this.limits;
    const isFresh = this.runs++ === 0;
    const missing = data === null ? [] : await this.folder.restore(data);
    const startedAt = performance.now();
    const filesMax = data === null ? null : limits.filesMax;
    const { files, ...outcome } = await this.ask({ kind: 'run', code, outputBytesMax, filesMax }, Answer);
    const durationMs = Math.round(performance.now() - startedAt);
    if ((files === null) !== (data === null)) throw broken();
    const changes = files && data && (await this.folder.keep(files, missing, data));
    return { ...outcome, durationMs, isFresh, changes };
  }

  /** The bytes of a file, which follow the line with their count. */
  private async readFile(path: string): Promise<Buffer> {
    const { bytes } = await this.ask({ kind: 'get', path }, Bytes, null, false);
    if (bytes > this.limits.data.fileBytesMax) throw broken();
    const read = await this.inTime(this.output.bytes(bytes));
    if (!this.output.isRead) throw broken();
    return read;
  }

  /** Sends a request, with the bytes that belong to it, and returns the answer. The answer ends the output, unless bytes follow it. */
  private async ask<Shape extends z.ZodType>(
    request: object,
    shape: Shape,
    bytes: Buffer | null = null,
    isWhole = true,
  ): Promise<z.output<Shape>> {
    const id = randomUUID();
    this.child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    if (bytes) this.child.stdin.write(bytes);
    const line = parseJson(await this.inTime(this.output.line()));
    const answer = shape.safeParse(line);
    if (!answer.success || !z.object({ id: z.literal(id) }).safeParse(line).success) throw broken();
    if (isWhole && !this.output.isRead) throw broken();
    return answer.data;
  }

  private inTime<T>(answer: Promise<T>): Promise<T> {
    const { timeoutMs } = this.limits;
    const message = `the code did not end within ${timeoutMs / 1000} s and was stopped`;
    return this.within(timeoutMs, new AppError('tool_timeout', message), answer);
  }

  private async within<T>(timeoutMs: number, late: AppError, wanted: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.finish(late), timeoutMs);
    try {
      return await Promise.race([wanted, this.ended.promise]);
    } finally {
      clearTimeout(timer);
    }
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
