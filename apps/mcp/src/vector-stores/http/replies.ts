import { pageOf } from '@antiphon/contracts';
import { z } from 'zod';

const FileCounts = z.object({
  in_progress: z.int(),
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  total: z.int(),
});
const AttributesReply = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const VectorStore = z.looseObject({
  id: z.string(),
  object: z.literal('vector_store'),
  created_at: z.int(),
  name: z.string(),
  description: z.string().nullable(),
  usage_bytes: z.int(),
  file_counts: FileCounts,
  status: z.enum(['expired', 'in_progress', 'completed']),
  expires_after: z.object({ anchor: z.literal('last_active_at'), days: z.int() }).optional(),
  expires_at: z.int().nullable(),
  last_active_at: z.int(),
  metadata: z.record(z.string(), z.string()),
});
export const VectorStoreList = pageOf(VectorStore);
export const DeletedVectorStore = z.looseObject({
  id: z.string(),
  object: z.literal('vector_store.deleted'),
  deleted: z.literal(true),
});

export const VectorStoreFile = z.looseObject({
  id: z.string(),
  object: z.literal('vector_store.file'),
  created_at: z.int(),
  usage_bytes: z.int(),
  vector_store_id: z.string(),
  status: z.enum(['in_progress', 'completed', 'failed', 'cancelled']),
  last_error: z
    .object({ code: z.enum(['server_error', 'unsupported_file', 'invalid_file']), message: z.string() })
    .nullable(),
  chunking_strategy: z.discriminatedUnion('type', [
    z.object({
      type: z.literal('static'),
      static: z.object({ max_chunk_size_tokens: z.int(), chunk_overlap_tokens: z.int() }),
    }),
    z.object({ type: z.literal('other') }),
  ]),
  attributes: AttributesReply,
});
export const VectorStoreFileList = pageOf(VectorStoreFile);
export const DeletedVectorStoreFile = z.looseObject({
  id: z.string(),
  object: z.literal('vector_store.file.deleted'),
  deleted: z.literal(true),
});
const Text = z.object({ type: z.literal('text'), text: z.string() });
export const VectorStoreFileContent = z.looseObject({
  object: z.literal('vector_store.file_content.page'),
  data: z.array(Text),
  has_more: z.literal(false),
  next_page: z.null(),
});

export const FileBatch = z.looseObject({
  id: z.string(),
  object: z.literal('vector_store.files_batch'),
  created_at: z.int(),
  vector_store_id: z.string(),
  status: z.enum(['in_progress', 'completed', 'cancelled', 'failed']),
  file_counts: FileCounts,
});

export const SearchResults = z.looseObject({
  object: z.literal('vector_store.search_results.page'),
  search_query: z.array(z.string()),
  data: z.array(
    z.looseObject({
      file_id: z.string(),
      filename: z.string(),
      score: z.number(),
      attributes: AttributesReply,
      content: z.array(Text),
    }),
  ),
  has_more: z.literal(false),
  next_page: z.null(),
});
