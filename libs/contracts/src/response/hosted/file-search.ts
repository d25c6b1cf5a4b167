import { z } from 'zod';
import { JsonObject } from '../../json.ts';
import { AttributeFilter, AttributeValue } from './attribute-filter.ts';

/** How the results of a search in vector stores are ranked. */
export const SearchRanking = z.object({
  /** From 0 to 1: results below it are left out. */
  scoreMin: z.number(),
  /** How much each of the two rankings counts; together more than 0. */
  weights: z.object({ words: z.number(), meaning: z.number() }),
});
export type SearchRanking = z.infer<typeof SearchRanking>;

/** How a request's file search works. */
export const FileSearchOptions = SearchRanking.extend({
  /** The vector stores to search. */
  storeIds: z.array(z.string()),
  filter: AttributeFilter.nullable(),
  /** Results of one call. */
  resultsMax: z.number().int().positive(),
});
export type FileSearchOptions = z.infer<typeof FileSearchOptions>;

export const FileSearchTool = z.object({
  kind: z.literal('file_search'),
  options: FileSearchOptions,
  declared: JsonObject,
});

/** A passage of a file that a search found. */
export const FoundPassage = z.object({
  fileId: z.string(),
  filename: z.string(),
  /** From 0 to 1. */
  score: z.number(),
  attributes: z.record(z.string(), AttributeValue),
  text: z.string(),
});
export type FoundPassage = z.infer<typeof FoundPassage>;

export const FileSearchDetail = z.object({
  kind: z.literal('file_search'),
  queries: z.array(z.string()),
  results: z.array(FoundPassage),
});
export type FileSearchDetail = z.infer<typeof FileSearchDetail>;
