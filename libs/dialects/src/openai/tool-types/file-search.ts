import {
  AttributeFilter,
  AttributeValue,
  type FileSearchDetail,
  type FileSearchOptions,
  type FunctionCallItem,
  JsonObject,
  read,
} from '@antiphon/contracts';
import { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import { announceHostedCall, hostedCallItems, hostedCallStatus } from './hosted-call.ts';
import type { CallProgress, ToolType, WireItem } from './tool-type.ts';

const resultsMax = 50;
const defaultResults = 10;
const storesMax = 20;

const Weight = z.number().min(0).max(1_000);
const RankingOptions = z.object({
  ranker: z.string().max(64).nullish(),
  score_threshold: z.number().min(0).max(1).nullish(),
  hybrid_search: z
    .object({ embedding_weight: Weight, text_weight: Weight })
    .refine(
      ({ embedding_weight: meaning, text_weight: words }) => meaning + words > 0,
      'must have a weight above 0',
    )
    .nullish(),
});

export const FileSearchTool = z.object({
  vector_store_ids: z.array(z.string().min(1).max(64)).min(1).max(storesMax),
  filters: AttributeFilter.nullish(),
  max_num_results: z.int().min(1).max(resultsMax).nullish(),
  ranking_options: RankingOptions.nullish(),
});

const Call = z.object({
  id: z.string().min(1).max(128),
  queries: z.array(z.string()),
  results: z
    .array(
      z.object({
        file_id: z.string().nullish(),
        filename: z.string().nullish(),
        text: z.string().nullish(),
        score: z.number().nullish(),
        attributes: z.record(z.string(), AttributeValue).nullish(),
      }),
    )
    .nullish(),
});

/** File search: the model searches the vector stores that the request names. */
export const fileSearch: ToolType = {
  kind: 'file_search',
  types: ['file_search'],
  isNamed: false,

  decode(tool, path) {
    const wire = read(FileSearchTool, tool, path);
    return { kind: 'file_search', options: decodeOptions(wire), declared: read(JsonObject, tool, path) };
  },

  items: {
    file_search_call(value, path, makeId) {
      const { id, queries, results } = read(Call, value, path);
      return hostedCallItems(makeId, {
        callId: id,
        name: 'file_search',
        kind: 'file_search',
        arguments: { queries },
        output: decodeResults(results ?? []),
      });
    },
  },

  encodeCall,

  announce: (emit, call, outputIndex, include) =>
    announceHostedCall(
      emit,
      call,
      { outputIndex, include },
      {
        encode: encodeCall,
        events: {
          began: 'response.file_search_call.in_progress',
          started: 'response.file_search_call.searching',
          completed: 'response.file_search_call.completed',
        },
      },
    ),
};

function decodeOptions(wire: z.output<typeof FileSearchTool>): FileSearchOptions {
  const weights = wire.ranking_options?.hybrid_search;
  return {
    storeIds: [...new Set(wire.vector_store_ids)],
    filter: wire.filters ?? null,
    resultsMax: wire.max_num_results ?? defaultResults,
    scoreMin: wire.ranking_options?.score_threshold ?? 0,
    weights: { words: weights?.text_weight ?? 1, meaning: weights?.embedding_weight ?? 1 },
  };
}

function encodeCall(call: FunctionCallItem, progress: CallProgress): WireItem {
  const { queries, results } = detailOf(call);
  const isShown = progress.include.includes('file_search_call.results');
  return {
    id: call.id,
    type: 'file_search_call',
    status: hostedCallStatus(call, progress),
    queries,
    results: isShown ? results.map(({ fileId, ...result }) => ({ file_id: fileId, ...result })) : null,
  };
}

/** What the tool found, else what the model asks for. */
function detailOf(call: FunctionCallItem): Pick<FileSearchDetail, 'queries' | 'results'> {
  if (call.detail?.kind === 'file_search') return call.detail;
  const queries = argumentsOf(call)?.['queries'];
  const texts = Array.isArray(queries) ? queries.filter((query) => typeof query === 'string') : [];
  return { queries: texts, results: [] };
}

/** The output of a call that the caller sends back. Its item has the texts only where they were included. */
function decodeResults(results: NonNullable<z.output<typeof Call>['results']>): string {
  const texts = results.flatMap(({ filename, text }) => (text ? [`${filename ?? ''}\n${text}`] : []));
  if (texts.length > 0) return texts.join('\n\n');
  return 'The results of this earlier call are not kept. Call the tool again if they are needed.';
}
