import type { AttributeFilter } from '@antiphon/contracts';
import { filterSql } from './attribute-filter.ts';
import { plainPunctuation } from './plain-punctuation.ts';
import { marks } from './search-marks.ts';
import { vectorText } from './vector-text.ts';

/** What to look for in vector stores. */
export interface PassageQuery {
  storeIds: readonly string[];
  text: string;
  /** The documents to search by their own names, or by the ids of their files; null searches all. */
  documentIds: readonly string[] | null;
  /** A document must have all of them. */
  tags: readonly string[] | null;
  filter: AttributeFilter | null;
  passagesMax: number;
  /** The query as a unit vector; null searches by words alone. */
  embedding: { model: string; vector: readonly number[] } | null;
  /** How much each of the two rankings counts. */
  weights: { words: number; meaning: number };
}

export interface SearchSettings {
  /** The text search configuration of PostgreSQL. */
  language: string;
  /** Passages whose vectors one query is compared with. */
  vectorsComparedMax: number;
  hasPgvector: boolean;
}

/** The passages that are ranked by the distance of the query's words in them, which is the most expensive step. */
const rankedMax = 400;
/** The passages that each of the two rankings proposes, and how fast the weight of a place decreases (reciprocal rank fusion). */
const proposalsMax = 60;
const fusionConstant = 60;

/** The score of a passage that is first in each of these rankings. */
export function bestScore({ embedding, weights }: Pick<PassageQuery, 'embedding' | 'weights'>): number {
  return (weights.words + (embedding === null ? 0 : weights.meaning)) / (fusionConstant + 1);
}

/**
 * One statement for the whole search, so that it sees each document either before or after it is indexed again, never a mixture.
 *
 * Passages with every word of the query come first, then those with some of its words. A query that excludes words (`-word`) matches only
 * passages that fit it exactly.
 */
export function searchStatement(
  query: PassageQuery,
  settings: SearchSettings,
): { sql: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const add = (value: unknown) => `$${parameters.push(value)}`;
  const stores = `store_id = any (${add(query.storeIds)}::text[])`;
  const text = add(query.text);
  const language = `${add(settings.language)}::regconfig`;
  const limit = add(query.passagesMax);
  const names =
    query.documentIds && `coalesce(document_id, file_id) = any (${add(query.documentIds)}::text[])`;
  const tags = query.tags && `tags @> ${add(query.tags)}::text[]`;
  const filter = query.filter && filterSql(query.filter, add);
  const conditions = [stores, `status = 'completed'`, names, tags, filter].filter(Boolean).join(' and ');
  const wordsWeight = `${add(query.weights.words)}::float8`;
  const meaning = query.embedding && byMeaning(query, query.embedding, settings, stores, add);
  const sql = `
    with strict as (
      select websearch_to_tsquery('simple', query) as plain, websearch_to_tsquery(${language}, query) as stemmed
        from (select ${plainPunctuation(text)} as query) as said
    ), asked as (
      select plain || stemmed as every_word,
             plain || case when stemmed::text like '%!%' then stemmed
                           else replace(stemmed::text, ' & ', ' | ')::tsquery end as any_word
        from strict
    ), documents as (
      select store_id, file_id, coalesce(document_id, file_id) as name, filename, attributes, tags, chunk_count,
             embedding_model, updated_at
        from mcp.vector_store_files where ${conditions}
    ), matched as (
      select store_id, file_id, name, position, words, words @@ every_word as has_every_word
        from mcp.vector_store_chunks join documents using (store_id, file_id) cross join asked
       where ${stores} and words @@ any_word
       order by has_every_word desc, ts_rank(words, any_word) desc, name, position limit ${rankedMax}
    ), by_words as (
      select store_id, file_id, position, 'words' as found_by, ${wordsWeight} as weight,
             row_number() over (order by has_every_word desc, ts_rank_cd(words, any_word) desc, name, position) as place
        from matched cross join asked
       order by place limit ${proposalsMax}
    )${meaning ?? ''}, found as (
      select store_id, file_id, position, sum(weight / (${fusionConstant} + place)) as score,
             array_agg(found_by order by found_by desc) as found_by
        from (select * from by_words ${meaning === null ? '' : 'union all select * from by_meaning'}) as rankings
       group by store_id, file_id, position
    ), best as (
      select * from found join documents using (store_id, file_id) order by score desc, name, position limit ${limit}
    )
    select name as "documentId", file_id as "fileId", filename, position, chunk_count as "chunkCount", score,
           found_by as "foundBy", attributes, tags, text,
           ts_headline(${language}, ${plainPunctuation('text')}, any_word,
             'StartSel=${marks.start}, StopSel=${marks.end}, MaxFragments=2, MaxWords=30, MinWords=12, ShortWord=0, FragmentDelimiter=" … "') as preview
      from best join mcp.vector_store_chunks using (store_id, file_id, position) cross join asked
     order by score desc, name, position`;
  return { sql, parameters };
}

/** Compares vectors exactly, over the passages of the stores: first those with words of the query, then those of the newest documents. */
function byMeaning(
  { weights }: PassageQuery,
  { model, vector }: { model: string; vector: readonly number[] },
  { hasPgvector, vectorsComparedMax }: SearchSettings,
  stores: string,
  add: (value: unknown) => string,
): string {
  const asked = `${add(vectorText(vector, hasPgvector))}::${hasPgvector ? 'vector' : 'real[]'}`;
  const likeness = hasPgvector
    ? `-(embedding::vector <#> ${asked})`
    : `(select sum(a * b) from unnest(embedding, ${asked}) as pairs (a, b))`;
  const dimensions = hasPgvector ? 'vector_dims(embedding::vector)' : 'cardinality(embedding)';
  const wanted = hasPgvector ? `vector_dims(${asked})` : `cardinality(${asked})`;
  return `, compared as (
      select store_id, file_id, name, position, embedding
        from mcp.vector_store_chunks join documents using (store_id, file_id)
        left join (select store_id, file_id, position, has_every_word from matched) as those
             using (store_id, file_id, position)
       where ${stores} and embedding_model = ${add(model)} and embedding is not null and ${dimensions} = ${wanted}
       order by has_every_word is not null desc, updated_at desc, name, position limit ${add(vectorsComparedMax)}
    ), by_meaning as (
      select store_id, file_id, position, 'meaning' as found_by, ${add(weights.meaning)}::float8 as weight,
             row_number() over (order by likeness desc, name, position) as place
        from (select store_id, file_id, name, position, ${likeness} as likeness from compared) as measured
       order by place limit ${proposalsMax}
    )`;
}
