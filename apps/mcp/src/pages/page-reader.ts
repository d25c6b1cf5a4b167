import { extname } from 'node:path';
import { AppError } from '@antiphon/contracts';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { MCP_CONFIG } from '../config.ts';
import type { Page, PageSource } from './read-page.ts';
import type { PdfRefusal, PdfSource, PdfText } from './read-pdf.ts';

export interface PageReaderOptions {
  /** For one page, including the wait for a thread. */
  readTimeoutMs: number;
  threadsMax: number;
  /** The memory limit of a thread's objects. Its buffers may take a quarter of it in addition. */
  threadMemoryMb: number;
}

const idleMs = 30_000;

/** The function that a thread runs: in a file beside this one with the same extension, JavaScript when built, TypeScript in tests. */
function work(name: string, file: string) {
  return { name, filename: new URL(`./${file}${extname(import.meta.url)}`, import.meta.url).href };
}

const readPage = work('readPage', 'read-page');
const readPdf = work('readPdf', 'read-pdf');

/**
 * Reads pages in threads: a page of 1 MB takes two seconds of work, which would block every other call of the process. A thread that takes too
 * long or too much memory ends, and its page fails.
 */
@Injectable()
export class PageReader implements OnModuleDestroy {
  private readonly threads: Piscina<unknown, unknown>;
  private readonly readTimeoutMs: number;
  private readonly bufferBytesMax: number;

  constructor(@Inject(MCP_CONFIG) { scrape }: { scrape: PageReaderOptions }) {
    const { readTimeoutMs, threadsMax, threadMemoryMb } = scrape;
    this.readTimeoutMs = readTimeoutMs;
    this.bufferBytesMax = (threadMemoryMb * 1024 * 1024) / 4;
    this.threads = new Piscina({
      minThreads: 0,
      maxThreads: threadsMax,
      idleTimeout: idleMs,
      resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb },
      // Pages get nothing of this process's environment and options.
      env: {},
      execArgv: [],
    });
  }

  /** Throws `unavailable` for a page that takes too long or too much memory, `cancelled` when the signal aborts. */
  async read(source: PageSource, signal: AbortSignal): Promise<Page> {
    return (await this.run(readPage, source, signal)) as Page; // the return type of that function
  }

  /** Throws as `read` does, and `unsupported_media_type` for a body that is no readable PDF. */
  async readPdf(source: Omit<PdfSource, 'bufferBytesMax'>, signal: AbortSignal): Promise<PdfText> {
    const whole: PdfSource = { ...source, bufferBytesMax: this.bufferBytesMax };
    const read = (await this.run(readPdf, whole, signal)) as PdfText | PdfRefusal; // the return type of that function
    if (!('refusal' in read)) return read;
    if (read.refusal === 'too large') throw tooComplex();
    throw new AppError('unsupported_media_type', `the PDF cannot be read: it is ${read.refusal}`);
  }

  private async run(options: typeof readPage, source: unknown, signal: AbortSignal): Promise<unknown> {
    const deadline = AbortSignal.timeout(this.readTimeoutMs);
    try {
      return await this.threads.run(source, { ...options, signal: AbortSignal.any([signal, deadline]) });
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the request was cancelled', { cause });
      if (deadline.aborted || isOutOfMemory(cause)) throw tooComplex(cause);
      throw cause;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.threads.destroy();
  }
}

function tooComplex(cause?: unknown): AppError {
  return new AppError('unavailable', 'the page is too complex to read', { cause });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
