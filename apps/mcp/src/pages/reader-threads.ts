import { WorkTime } from '@antiphon/async';
import { AppError } from '@antiphon/contracts';
import { Piscina } from 'piscina';

export interface ReaderThreadsOptions {
  /** For one page or document, including the wait for a thread. */
  readTimeoutMs: number;
  threadsMax: number;
  /** The memory limit of a thread's objects. Its buffers may take a quarter of it in addition. */
  threadMemoryMb: number;
}

/** The function that a thread runs. */
export interface ThreadWork {
  name: string;
  filename: string;
}

const idleMs = 30_000;

/**
 * Threads that read what others wrote: a page of 1 MB takes two seconds of work, which would block every other call of the process. A thread
 * that takes too long or too much memory ends, and its page or document fails.
 */
export class ReaderThreads {
  /** What the buffers of a thread may take. */
  readonly bufferBytesMax: number;
  private readonly threads: Piscina<unknown, unknown>;
  private readonly readTimeoutMs: number;

  constructor({ readTimeoutMs, threadsMax, threadMemoryMb }: ReaderThreadsOptions) {
    this.readTimeoutMs = readTimeoutMs;
    this.bufferBytesMax = (threadMemoryMb * 1024 * 1024) / 4;
    this.threads = new Piscina({
      minThreads: 0,
      maxThreads: threadsMax,
      idleTimeout: idleMs,
      resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb },
      // They get nothing of this process's environment and options.
      env: {},
      execArgv: [],
    });
  }

  /** Throws `unavailable` for work that takes too long or too much memory, `cancelled` when the signal aborts. */
  async run(work: ThreadWork, source: unknown, what: string, signal: AbortSignal): Promise<unknown> {
    const time = new WorkTime(this.readTimeoutMs);
    time.start();
    try {
      return await this.threads.run(source, { ...work, signal: AbortSignal.any([signal, time.signal]) });
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the request was cancelled', { cause });
      if (time.signal.aborted || isOutOfMemory(cause)) throw tooComplex(what, cause);
      throw cause;
    } finally {
      time.end();
    }
  }

  async end(): Promise<void> {
    await this.threads.destroy();
  }
}

export function tooComplex(what: string, cause?: unknown): AppError {
  return new AppError('unavailable', `the ${what} is too complex to read`, { cause });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
