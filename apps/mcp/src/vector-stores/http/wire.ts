import type { FoundPassage } from '@antiphon/contracts';
import type { z } from 'zod';
import { seconds } from '../../files/http/file-wire.ts';
import type { Page } from '../stored/keyset-page.ts';
import { shownAttributes } from '../stored/shown-attributes.ts';
import type { FileBatchRow, FileCounts, StoreFileRow, VectorStoreRow } from '../stored/rows.ts';
import type {
  FileBatch,
  SearchResults,
  VectorStore,
  VectorStoreFile,
  VectorStoreFileContent,
  VectorStoreFileList,
  VectorStoreList,
} from './replies.ts';

type WireFile = z.input<typeof VectorStoreFile>;

export function encodeStore(store: VectorStoreRow): z.input<typeof VectorStore> {
  const { expiresAfterDays: days } = store;
  return {
    id: store.id,
    object: 'vector_store',
    created_at: seconds(store.createdAt),
    name: store.name,
    description: store.description,
    usage_bytes: store.usageBytes,
    file_counts: encodeCounts(store.counts),
    status: store.isExpired ? 'expired' : store.counts.in_progress > 0 ? 'in_progress' : 'completed',
    ...(days !== null && { expires_after: { anchor: 'last_active_at', days } }),
    expires_at: store.expiresAt && seconds(store.expiresAt),
    last_active_at: seconds(store.lastActiveAt),
    metadata: store.metadata,
  };
}

export function encodeStoreList({ rows, hasMore }: Page<VectorStoreRow>): z.input<typeof VectorStoreList> {
  return listOf(rows.map(encodeStore), hasMore);
}

export function encodeStoreFile(file: StoreFileRow): WireFile {
  const { errorCode: code, errorMessage: message } = file;
  return {
    id: file.fileId,
    object: 'vector_store.file',
    created_at: seconds(file.createdAt),
    usage_bytes: file.usageBytes,
    vector_store_id: file.storeId,
    status: file.status,
    last_error: code === null ? null : { code, message: message ?? '' },
    // A document of the file_search tools is cut by characters, as the operator chose.
    chunking_strategy:
      file.documentId === null
        ? {
            type: 'static',
            static: {
              max_chunk_size_tokens: file.chunkTokens,
              chunk_overlap_tokens: file.overlapTokens,
            },
          }
        : { type: 'other' },
    attributes: shownAttributes(file.attributes),
  };
}

export function encodeStoreFileList({
  rows,
  hasMore,
}: Page<StoreFileRow>): z.input<typeof VectorStoreFileList> {
  return listOf(rows.map(encodeStoreFile), hasMore);
}

export function encodeContent(texts: readonly string[]): z.input<typeof VectorStoreFileContent> {
  return {
    object: 'vector_store.file_content.page',
    data: texts.map((text) => ({ type: 'text', text })),
    has_more: false,
    next_page: null,
  };
}

export function encodeBatch(batch: FileBatchRow): z.input<typeof FileBatch> {
  return {
    id: batch.id,
    object: 'vector_store.files_batch',
    created_at: seconds(batch.createdAt),
    vector_store_id: batch.storeId,
    status: batchStatus(batch),
    file_counts: encodeCounts(batch.counts),
  };
}

export function encodeResults(
  queries: readonly string[],
  passages: readonly FoundPassage[],
): z.input<typeof SearchResults> {
  return {
    object: 'vector_store.search_results.page',
    search_query: [...queries],
    data: passages.map(({ fileId, filename, score, attributes, text }) => ({
      file_id: fileId,
      filename,
      score,
      attributes,
      content: [{ type: 'text', text }],
    })),
    has_more: false,
    next_page: null,
  };
}

function batchStatus({ isCancelled, counts }: FileBatchRow) {
  if (counts.in_progress > 0) return 'in_progress';
  if (isCancelled) return 'cancelled';
  return counts.failed > 0 && counts.completed === 0 ? 'failed' : 'completed';
}

function encodeCounts(counts: FileCounts) {
  const { in_progress, completed, failed, cancelled } = counts;
  return { in_progress, completed, failed, cancelled, total: in_progress + completed + failed + cancelled };
}

function listOf<Entry extends { id: string }>(data: Entry[], hasMore: boolean) {
  return {
    object: 'list' as const,
    data,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}
