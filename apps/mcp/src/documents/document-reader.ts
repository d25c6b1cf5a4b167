import { extname } from 'node:path';
import { AppError } from '@antiphon/contracts';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import { ReaderThreads, type ReaderThreadsOptions } from '../pages/reader-threads.ts';
import { type DocumentSource, type DocumentText, invalid } from './document-text.ts';

export interface DocumentReaderOptions extends ReaderThreadsOptions {
  charactersMax: number;
  pagesMax: number;
}

/** In a file beside this one with the same extension, JavaScript when built, TypeScript in tests. */
const readDocument = {
  name: 'readDocument',
  filename: new URL(`./read-document${extname(import.meta.url)}`, import.meta.url).href,
};

/** Reads the text of documents in threads of its own, so that a document does not make the pages of tools wait. */
@Injectable()
export class DocumentReader implements OnModuleDestroy {
  private readonly threads: ReaderThreads;
  private readonly limits: Pick<DocumentSource, 'charactersMax' | 'pagesMax' | 'bufferBytesMax'>;

  constructor(@Inject(MCP_CONFIG) { documents }: { documents: DocumentReaderOptions }) {
    this.threads = new ReaderThreads(documents);
    const { charactersMax, pagesMax } = documents;
    this.limits = { charactersMax, pagesMax, bufferBytesMax: this.threads.bufferBytesMax };
  }

  /** The text, or why there is none: a document that takes too long or too much memory is one of the reasons. Throws `cancelled` when the signal aborts. */
  async read(
    document: Pick<DocumentSource, 'bytes' | 'filename' | 'mimeType'>,
    signal: AbortSignal,
  ): Promise<DocumentText> {
    try {
      const source: DocumentSource = { ...document, ...this.limits };
      return (await this.threads.run(readDocument, source, 'document', signal)) as DocumentText; // the return type of that function
    } catch (error) {
      if (error instanceof AppError && error.code === 'unavailable')
        return invalid('The file is too complex to read: split it, or save it as plain text.');
      throw error;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.threads.end();
  }
}
