import { AppError } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_CONFIG } from '../../config.ts';
import { DocumentReader } from '../../documents/document-reader.ts';
import { Embedder } from '../../file-search/embedder.ts';
import { bytesOf } from '../../file-search/passage.store.ts';
import { indexable, splitText } from '../../file-search/split-text.ts';
import { FileParts } from '../../files/parts/file-parts.ts';
import { FileStore } from '../../files/stored/file.store.ts';
import type { IndexClaim, IndexErrorCode } from '../stored/rows.ts';
import type { VectorStoreLimits } from '../vector-store-limits.ts';
import { IndexQueue } from './index-queue.ts';

/** A file that cannot be indexed, with the reason for its owner. */
export class IndexRefusal extends Error {
  override readonly name = 'IndexRefusal';
  constructor(
    readonly code: IndexErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** An average of languages and models: the tokenizer depends on the model for embeddings, which the operator chooses. */
export const charactersPerToken = 4;

/** Passages that are embedded and written together, so that the vectors of a large file are never all in memory. */
const passagesAtOnce = 256;

/** Reads a claimed file, cuts its text into passages, embeds and writes them. */
@Injectable()
export class FileIndexer {
  private readonly limits: VectorStoreLimits;

  constructor(
    private readonly queue: IndexQueue,
    private readonly files: FileStore,
    private readonly parts: FileParts,
    private readonly documents: DocumentReader,
    private readonly embedder: Embedder,
    @Inject(MCP_CONFIG) config: { vectorStores: VectorStoreLimits },
  ) {
    this.limits = config.vectorStores;
  }

  /** Throws IndexRefusal for a file that cannot be indexed, ClaimLost, and other errors where another attempt may succeed. */
  async index(claim: IndexClaim, signal: AbortSignal): Promise<void> {
    await this.queue.begin(claim);
    const texts = this.split(await this.textOf(claim, signal), claim);
    let embeddingModel: string | null = null;
    let bytes = 0;
    for (let start = 0; start < texts.length; start += passagesAtOnce) {
      signal.throwIfAborted();
      const some = texts.slice(start, start + passagesAtOnce);
      const embedded = await this.embed(claim, some, signal);
      if (start > 0 && embedded.model !== embeddingModel)
        throw new Error('the model for embeddings changed while a file was indexed');
      embeddingModel = embedded.model;
      bytes += bytesOf(some, embedded.vectors);
      await this.queue.write(claim, start, some, embedded.vectors);
    }
    await this.queue.complete(claim, { count: texts.length, bytes, embeddingModel }).catch(refuseWithoutRoom);
  }

  private async textOf(claim: IndexClaim, signal: AbortSignal): Promise<string> {
    const file = await this.files.findOrNull(claim.creator, claim.fileId);
    if (!file) throw new IndexRefusal('invalid_file', 'The file has expired.');
    const { fileBytesMax } = this.limits;
    if (file.bytes > fileBytesMax)
      throw new IndexRefusal(
        'invalid_file',
        `The file has ${file.bytes} bytes, and at most ${fileBytesMax} are indexed: split it.`,
      );
    const bytes = new Uint8Array(file.bytes);
    let read = 0;
    for await (const chunk of this.parts.read(await this.parts.of({ fileId: file.id }))) {
      signal.throwIfAborted();
      bytes.set(chunk, read);
      read += chunk.length;
    }
    const { filename, mimeType } = file;
    const found = await this.documents.read({ bytes, filename, mimeType }, signal);
    if ('text' in found) return found.text;
    throw new IndexRefusal(
      found.refusal === 'unsupported' ? 'unsupported_file' : 'invalid_file',
      found.message,
    );
  }

  private split(text: string, { chunkTokens, overlapTokens }: IndexClaim): string[] {
    const texts = splitText(indexable(text), {
      pieceMax: chunkTokens * charactersPerToken,
      overlapMax: overlapTokens * charactersPerToken,
    });
    const { chunksPerFileMax } = this.limits;
    if (texts.length <= chunksPerFileMax) return texts;
    throw new IndexRefusal(
      'invalid_file',
      `The file makes ${texts.length} chunks, and at most ${chunksPerFileMax} are allowed: split it, or choose larger chunks.`,
    );
  }

  /** A file is indexed by its words alone where there is no model for embeddings, or where it fails at the last attempt too. */
  private async embed({ creator, attempts }: IndexClaim, texts: readonly string[], signal: AbortSignal) {
    const embedded = await this.embedder.embed(creator, texts, signal);
    if (embedded.model !== null) return embedded;
    if (embedded.reason === 'failed' && attempts < this.limits.attemptsMax)
      throw new Error('the passages of a file could not be embedded');
    return { model: null, vectors: null };
  }
}

function refuseWithoutRoom(error: unknown): never {
  if (error instanceof AppError && error.code === 'forbidden')
    throw new IndexRefusal('invalid_file', error.message);
  throw error;
}
