import { extname } from 'node:path';
import { AppError } from '@antiphon/contracts';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import type { Page, PageSource } from './read-page.ts';
import type { PdfRefusal, PdfSource, PdfText } from './read-pdf.ts';
import { ReaderThreads, type ReaderThreadsOptions, tooComplex } from './reader-threads.ts';

export type PageReaderOptions = ReaderThreadsOptions;

/** A function in a file beside this one with the same extension, JavaScript when built, TypeScript in tests. */
function work(name: string, file: string) {
  return { name, filename: new URL(`./${file}${extname(import.meta.url)}`, import.meta.url).href };
}

const readPage = work('readPage', 'read-page');
const readPdf = work('readPdf', 'read-pdf');

/** Reads pages and PDFs of the web, in threads. */
@Injectable()
export class PageReader implements OnModuleDestroy {
  private readonly threads: ReaderThreads;

  constructor(@Inject(MCP_CONFIG) { scrape }: { scrape: PageReaderOptions }) {
    this.threads = new ReaderThreads(scrape);
  }

  /** Throws `unavailable` for a page that takes too long or too much memory, `cancelled` when the signal aborts. */
  async read(source: PageSource, signal: AbortSignal): Promise<Page> {
    return (await this.threads.run(readPage, source, 'page', signal)) as Page; // the return type of that function
  }

  /** Throws as `read` does, and `unsupported_media_type` for a body that is no readable PDF. */
  async readPdf(source: Omit<PdfSource, 'bufferBytesMax'>, signal: AbortSignal): Promise<PdfText> {
    const whole: PdfSource = { ...source, bufferBytesMax: this.threads.bufferBytesMax };
    const read = (await this.threads.run(readPdf, whole, 'page', signal)) as PdfText | PdfRefusal; // the return type of that function
    if (!('refusal' in read)) return read;
    if (read.refusal === 'too large') throw tooComplex('page');
    throw new AppError('unsupported_media_type', `the PDF cannot be read: it is ${read.refusal}`);
  }

  async onModuleDestroy(): Promise<void> {
    await this.threads.end();
  }
}
