import { AppError } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { type Embedded, Embedder } from '../file-search/embedder.ts';
import { FileIndexStore } from '../file-search/file-index.store.ts';
import type { Passage } from '../file-search/passage.store.ts';
import { marks } from '../file-search/search-marks.ts';
import { indexable, splitText, type SplitOptions } from '../file-search/split-text.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';

export interface FileSearchOptions {
  toolTimeoutMs: number;
  outputBytesMax: number;
  documentBytesMax: number;
  chunksPerDocumentMax: number;
  split: SplitOptions;
}

const passagesMax = 20;
const documentIdsMax = 100;
const metadataBytesMax = 4 * 1024;
const tagsMax = 20;

const printable = (text: string) => text.isWellFormed() && !/\p{Cc}/u.test(text);
const word = (lengthMax: number) =>
  z.string().trim().min(1).max(lengthMax).refine(printable, 'must hold no control characters');
const DocumentId = word(256);
const Tags = z.array(word(64)).max(tagsMax);

const IndexParameters = z.object({
  document_id: DocumentId.describe(
    'Your name for the document. An earlier document with this name is replaced.',
  ),
  text: z.string().min(1).describe('The whole text of the document.'),
  metadata: z
    .record(word(64), z.union([word(1024), z.number(), z.boolean(), z.null()]))
    .refine(isSmall, `must take at most ${metadataBytesMax} bytes as JSON`)
    .default({})
    .describe('Data that is returned with each passage, such as title and source.'),
  tags: Tags.default([]).describe('Words that queries can filter by.'),
});

const QueryParameters = z.object({
  query: z.string().trim().min(1).max(1000).describe('What to look for: words, or "a phrase", or -without.'),
  top_k: z.int().min(1).max(passagesMax).default(5).describe('How many passages to give at most.'),
  document_ids: z
    .array(DocumentId)
    .min(1)
    .max(documentIdsMax)
    .optional()
    .describe('Look in these documents only.'),
  tags: Tags.min(1).optional().describe('Look only in documents that have all of these tags.'),
});

const DeleteParameters = z.object({
  document_id: DocumentId.describe('The document_id that the document was indexed with.'),
});

@Injectable()
export class FileSearchTools implements ToolSource {
  readonly tools: readonly RegisteredTool[];

  constructor(
    @Inject(MCP_CONFIG) config: Pick<Config, 'tools' | 'fileSearch'>,
    store: FileIndexStore,
    embedder: Embedder,
  ) {
    const { timeoutMs: toolTimeoutMs, outputBytesMax } = config.tools;
    this.tools = createFileSearch({ ...config.fileSearch, toolTimeoutMs, outputBytesMax }, store, embedder);
  }
}

/** The tools for a user's own documents. They change the caller's own index only, so they need no approval. */
export function createFileSearch(
  options: FileSearchOptions,
  store: FileIndexStore,
  embedder: Embedder,
): RegisteredTool[] {
  const { toolTimeoutMs: timeoutMs } = options;
  const ownIndexOnly = { readOnly: false, idempotent: true, destructive: true };
  return [
    defineTool({
      name: 'file_search_query',
      description:
        "Gives passages of the user's own documents, kept earlier with file_search_index. " +
        'Use it for what the user stored: "my documents", "my notes". ' +
        `Previews mark the words that were found ${marks.start}like this${marks.end}.`,
      parameters: QueryParameters,
      annotations: readOnly,
      timeoutMs,
      async run({ query, top_k: wanted, document_ids: documentIds, tags }, { caller }, signal) {
        const text = indexable(query);
        const embedded = await embedder.embed(caller, [text], signal);
        const [vector] = embedded.model === null ? [] : embedded.vectors;
        const passages = await store.search(caller, {
          text,
          documentIds: documentIds ?? null,
          tags: tags ?? null,
          passagesMax: wanted,
          embedding: embedded.model !== null && vector ? { model: embedded.model, vector } : null,
        });
        const isEmpty = passages.length === 0 && (await store.isEmpty(caller));
        return encodePassages(
          query,
          passages,
          [
            noteOn(embedded, 'only the words of the query were looked for'),
            isEmpty ? 'The collection is empty: nothing was indexed yet.' : undefined,
          ],
          options.outputBytesMax,
        );
      },
    }),
    defineTool({
      name: 'file_search_index',
      description:
        "Keeps a document in the user's own collection, for file_search_query in this and later conversations. " +
        'Use it when the user asks to remember, store or index a text. A document with the same document_id is replaced.',
      parameters: IndexParameters,
      annotations: ownIndexOnly,
      approval: 'never',
      timeoutMs,
      async run({ document_id: documentId, text, metadata, tags }, { caller }, signal) {
        const chunks = chunksOf(text, options);
        const embedded = await embedder.embed(caller, chunks, signal);
        const embedding = embedded.model === null ? null : embedded;
        const uniqueTags = [...new Set(tags)];
        const document = { documentId, metadata, tags: uniqueTags, chunks, embedding };
        const { isReplaced } = await store.put(caller, document);
        return jsonOutput({
          document_id: documentId,
          chunks: chunks.length,
          replaced: isReplaced,
          found_by: embedding ? ['words', 'meaning'] : ['words'],
          note: noteOn(embedded, 'the document is found by its words only; index it again later'),
        });
      },
    }),
    defineTool({
      name: 'file_search_delete',
      description:
        "Removes a document from the user's own collection. Use it only when the user asks to forget or delete the document.",
      parameters: DeleteParameters,
      annotations: ownIndexOnly,
      approval: 'never',
      timeoutMs,
      async run({ document_id: documentId }, { caller }) {
        return jsonOutput({ document_id: documentId, deleted: await store.delete(caller, documentId) });
      },
    }),
  ];
}

function isSmall(metadata: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(metadata)) <= metadataBytesMax;
}

function chunksOf(text: string, options: FileSearchOptions): string[] {
  const { documentBytesMax, chunksPerDocumentMax, split } = options;
  const bytes = Buffer.byteLength(text);
  if (bytes > documentBytesMax) {
    throw new AppError(
      'payload_too_large',
      `the text has ${bytes} bytes and a document at most ${documentBytesMax}: index it in parts`,
    );
  }
  const chunks = splitText(indexable(text), split);
  if (chunks.length === 0) throw new AppError('invalid_request', 'the text is empty', { param: 'text' });
  if (chunks.length > chunksPerDocumentMax) {
    throw new AppError(
      'payload_too_large',
      `the text makes ${chunks.length} passages and a document may have ${chunksPerDocumentMax}: index it in parts`,
    );
  }
  return chunks;
}

function noteOn(embedded: Embedded, consequence: string): string | undefined {
  if (embedded.model !== null || embedded.reason === 'no_model') return undefined;
  return `Embeddings failed: ${consequence}.`;
}

/** Encodes as many passages as fit into the output, so that it stays valid JSON. */
function encodePassages(
  query: string,
  passages: readonly Passage[],
  notes: readonly (string | undefined)[],
  bytesMax: number,
): string {
  const results = passages.map(encodePassage);
  for (;;) {
    const isCut = results.length < passages.length;
    const shownNotes = [...notes, isCut ? 'Not all passages fit in here: ask for fewer.' : undefined].filter(
      Boolean,
    );
    const output = jsonOutput({ query, results, note: shownNotes.join(' ') || undefined });
    if (results.length === 0 || Buffer.byteLength(output) <= bytesMax) return output;
    results.pop();
  }
}

function encodePassage(passage: Passage) {
  return {
    document_id: passage.documentId,
    chunk: passage.position,
    chunks: passage.chunkCount,
    score: Number(passage.score.toFixed(4)),
    found_by: passage.foundBy,
    preview: passage.preview,
    text: passage.text,
    metadata: passage.attributes,
    tags: passage.tags,
  };
}
