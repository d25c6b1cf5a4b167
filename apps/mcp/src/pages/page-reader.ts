import { extname } from 'node:path';
import { AppError } from '@antiphon/contracts';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { MCP_CONFIG } from '../config.ts';
import type { Page, PageSource } from './read-page.ts';
import type { PdfRefusal, PdfSource, PdfText } from './read-pdf.ts';

export interface PageReaderOptions {
  /** For one page, waiting for a thread included. */
  readTimeoutMs: number;
  threadsMax: number;
  /** The most a thread's objects may take; its buffers a quarter of it again. */
  threadMemoryMb: number;
}

const idleMs = 30_000;

/** What a thread runs: beside this file and of its kind, JavaScript when built, TypeScript in tests. */
function work(name: string, file: string) {
  return { name, filename: new URL(`./${file}${extname(import.meta.url)}`, import.meta.url).href };
}

const readPage = work('readPage', 'read-page');
const readPdf = work('readPdf', 'read-pdf');

/**
 * Reads pages in threads: a page of 1 MB keeps one busy for two seconds, which would hold up every other call of the process. A thread
 * that takes too long or too much memory is ended, and the page with it.
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
      // Nothing of this process is a page's business.
      env: {},
      execArgv: [],
    });
  }

  /** Throws `unavailable` for a page that is too much, `cancelled` when the signal aborts. */
  async read(source: PageSource, signal: AbortSignal): Promise<Page> {
    return (await this.run(readPage, source, signal)) as Page; // what that function gives
  }

  /** Throws as `read` does, and `unsupported_media_type` for what cannot be read as a PDF. */
  async readPdf(source: Omit<PdfSource, 'bufferBytesMax'>, signal: AbortSignal): Promise<PdfText> {
    const whole: PdfSource = { ...source, bufferBytesMax: this.bufferBytesMax };
    const read = (await this.run(readPdf, whole, signal)) as PdfText | PdfRefusal; // what that function gives
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
