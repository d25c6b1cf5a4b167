import { extname } from 'node:path';
import { AppError } from '@antiphon/contracts';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import type { Page, PageSource } from './read-page.ts';

export interface PageReaderOptions {
  /** For one page, waiting for a thread included. */
  readTimeoutMs: number;
  threadsMax: number;
  /** The most a thread's objects may take. */
  threadMemoryMb: number;
}

const idleMs = 30_000;

/**
 * Reads pages in threads: a page of 1 MB keeps one busy for two seconds, which would hold up every other call of the process. A thread
 * that takes too long or too much memory is ended, and the page with it.
 */
@Injectable()
export class PageReader implements OnModuleDestroy {
  private readonly threads: Piscina<PageSource, Page>;
  private readonly readTimeoutMs: number;

  constructor({ readTimeoutMs, threadsMax, threadMemoryMb }: PageReaderOptions) {
    this.readTimeoutMs = readTimeoutMs;
    this.threads = new Piscina<PageSource, Page>({
      // Beside this file and of its kind: JavaScript when built, TypeScript in tests.
      filename: new URL(`./read-page${extname(import.meta.url)}`, import.meta.url).href,
      name: 'readPage',
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
    const deadline = AbortSignal.timeout(this.readTimeoutMs);
    try {
      return await this.threads.run(source, { signal: AbortSignal.any([signal, deadline]) });
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the request was cancelled', { cause });
      if (deadline.aborted || isOutOfMemory(cause)) {
        throw new AppError('unavailable', 'the page is too complex to read', { cause });
      }
      throw cause;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.threads.destroy();
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
