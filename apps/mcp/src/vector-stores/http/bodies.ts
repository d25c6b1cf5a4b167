import { AttributeFilter, AttributeValue, decoded, refusal } from '@antiphon/contracts';
import { z } from 'zod';
import type { Chunking, NewStoreFile, StoreFileStatus } from '../stored/rows.ts';
import type { StoreChange, NewStore } from '../stored/vector-store.store.ts';
import type { StoreQuery } from '../search/store-search.ts';

/** As OpenAI's API has it. */
const filesAtOnceMax = 2_000;
const queriesMax = 10;
const queryCharactersMax = 4_096;

/** What OpenAI's `auto` stands for. */
const autoChunking: Chunking = { chunkTokens: 800, overlapTokens: 400 };

const FileId = z.string().min(1).max(64);
const Key = z.string().min(1).max(64);
const Metadata = z
  .record(Key, z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= 16, 'must have at most 16 keys');
const Attributes = z
  .record(Key, AttributeValue)
  .refine((attributes) => Object.keys(attributes).length <= 16, 'must have at most 16 keys');

const ExpiresAfter = z.object({ anchor: z.literal('last_active_at'), days: z.int().min(1).max(365) });

const StaticChunking = z
  .object({
    max_chunk_size_tokens: z.int().min(100).max(4_096),
    chunk_overlap_tokens: z.int().min(0),
  })
  .refine(
    ({ max_chunk_size_tokens: size, chunk_overlap_tokens: overlap }) => overlap * 2 <= size,
    'must have a chunk_overlap_tokens of at most half of max_chunk_size_tokens',
  );
const ChunkingStrategy = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auto') }),
  z.object({ type: z.literal('static'), static: StaticChunking }),
]);

export const NewVectorStore = z.object({
  name: z.string().max(256).nullish(),
  description: z.string().max(1_000).nullish(),
  file_ids: z.array(FileId).max(filesAtOnceMax).nullish(),
  expires_after: ExpiresAfter.nullish(),
  chunking_strategy: ChunkingStrategy.nullish(),
  metadata: Metadata.nullish(),
});
export const VectorStoreChange = z.object({
  name: z.string().max(256).nullish(),
  expires_after: ExpiresAfter.nullish(),
  metadata: Metadata.nullish(),
});
export const NewVectorStoreFile = z.object({
  file_id: FileId,
  attributes: Attributes.nullish(),
  chunking_strategy: ChunkingStrategy.nullish(),
});
export const VectorStoreFileChange = z.object({ attributes: Attributes.nullable() });
export const NewFileBatch = z.object({
  file_ids: z.array(FileId).min(1).max(filesAtOnceMax).optional(),
  files: z.array(NewVectorStoreFile).min(1).max(filesAtOnceMax).optional(),
  attributes: Attributes.nullish(),
  chunking_strategy: ChunkingStrategy.nullish(),
});

const Weight = z.number().min(0).max(1_000);
export const VectorStoreSearch = z.object({
  query: z.union(
    [
      z.string().min(1).max(queryCharactersMax),
      z.array(z.string().min(1).max(queryCharactersMax)).min(1).max(queriesMax),
    ],
    {
      error: `must be a text of 1 to ${queryCharactersMax} characters, or a list of at most ${queriesMax} of them`,
    },
  ),
  filters: AttributeFilter.nullish(),
  max_num_results: z.int().min(1).max(50).default(10),
  ranking_options: z
    .object({
      ranker: z.enum(['none', 'auto', 'default-2024-11-15']).nullish(),
      score_threshold: z.number().min(0).max(1).nullish(),
      hybrid_search: z
        .object({ embedding_weight: Weight, text_weight: Weight })
        .refine(
          ({ embedding_weight: meaning, text_weight: words }) => meaning + words > 0,
          'must have a weight above 0',
        )
        .nullish(),
    })
    .nullish(),
  rewrite_query: z.boolean().nullish(),
});

const limit = 'must be a whole number from 1 to 100';
const PageFields = z.object({
  after: z.string().max(64).optional(),
  before: z.string().max(64).optional(),
  limit: z.coerce.number({ error: limit }).int(limit).min(1, limit).max(100, limit).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});
const FilePageFields = PageFields.extend({
  filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional(),
});

export const storePage = decoded(PageFields, decodePage);
export const filePage = decoded(FilePageFields, ({ filter, ...page }) => ({
  ...decodePage(page),
  status: (filter ?? null) satisfies StoreFileStatus | null,
}));

function decodePage({ after, before, limit: rows, order }: z.output<typeof PageFields>) {
  return { after: after ?? null, before: before ?? null, limit: rows, order };
}

export const newStore = decoded(NewVectorStore, (body): { store: NewStore; files: NewStoreFile[] } => ({
  store: {
    name: body.name ?? '',
    description: body.description ?? null,
    metadata: body.metadata ?? {},
    expiresAfterDays: body.expires_after?.days ?? null,
  },
  files: (body.file_ids ?? []).map((file_id) =>
    decodeFile({ file_id, chunking_strategy: body.chunking_strategy }),
  ),
}));

/** Null takes a value away; a field that is left out stays. */
export const storeChange = decoded(
  VectorStoreChange,
  ({ name, metadata, expires_after: expiry }): StoreChange => ({
    name: name === null ? '' : name,
    metadata: metadata === null ? {} : metadata,
    expiresAfterDays: expiry === undefined ? undefined : (expiry?.days ?? null),
  }),
);

export const newFile = decoded(NewVectorStoreFile, decodeFile);

export const fileChange = decoded(VectorStoreFileChange, ({ attributes }) => attributes ?? {});

export const newBatch = decoded(
  NewFileBatch,
  ({ file_ids: ids, files, ...rest }: z.output<typeof NewFileBatch>): NewStoreFile[] => {
    if (files && ids) throw refusal(['files'], 'must not be given together with file_ids');
    if (files) return files.map(decodeFile);
    if (!ids) throw refusal(['file_ids'], 'is required, or files');
    return ids.map((file_id) => decodeFile({ file_id, ...rest }));
  },
);

export const search = decoded(VectorStoreSearch, (body): StoreQuery => {
  const { ranking_options: ranking } = body;
  const weights = ranking?.hybrid_search;
  return {
    queries: typeof body.query === 'string' ? [body.query] : body.query,
    filter: body.filters ?? null,
    resultsMax: body.max_num_results,
    scoreMin: ranking?.score_threshold ?? 0,
    weights: { words: weights?.text_weight ?? 1, meaning: weights?.embedding_weight ?? 1 },
  };
});

function decodeFile({
  file_id: fileId,
  attributes,
  chunking_strategy: strategy,
}: z.output<typeof NewVectorStoreFile>): NewStoreFile {
  return { fileId, attributes: attributes ?? {}, ...decodeChunking(strategy) };
}

function decodeChunking(strategy: z.output<typeof ChunkingStrategy> | null | undefined): Chunking {
  if (strategy?.type !== 'static') return autoChunking;
  const { max_chunk_size_tokens: chunkTokens, chunk_overlap_tokens: overlapTokens } = strategy.static;
  return { chunkTokens, overlapTokens };
}
