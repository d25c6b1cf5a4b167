import { plainPunctuation } from './plain-punctuation.ts';
import { marks } from './search-marks.ts';

/** How vectors are compared: not at all, number by number in SQL, or by pgvector. */
export type VectorMode = 'none' | 'array' | 'pgvector';

/** The passages that are ranked by the distance of the query's words in them, which is the most expensive step. */
const rankedMax = 400;

/** The passages that each of the two rankings proposes, and how fast the weight of a place decreases (reciprocal rank fusion). */
const proposalsMax = 60;
const fusionConstant = 60;

/**
 * One statement for the whole search, so that it sees each document either before or after it is indexed again, never a mixture. Parameters:
 * $1 user, $2 document ids or null, $3 tags or null, $4 query, $5 language, $6 passages wanted, and where vectors are compared $7 the query's
 * vector as text, $8 its model, $9 the most passages to compare with it.
 *
 * Passages with every word of the query come first, then those with some of its words. A query that excludes words (`-word`) matches only
 * passages that fit it exactly.
 */
export function searchStatement(mode: VectorMode): string {
  const isByMeaning = mode !== 'none';
  return `
    with strict as (
      select websearch_to_tsquery('simple', query) as plain, websearch_to_tsquery($5::regconfig, query) as stemmed
        from (select ${plainPunctuation('$4')} as query) as said
    ), asked as (
      select plain || stemmed as every_word,
             plain || case when stemmed::text like '%!%' then stemmed
                           else replace(stemmed::text, ' & ', ' | ')::tsquery end as any_word
        from strict
    ), documents as (
      select document_id, metadata, tags, chunk_count, embedding_model, updated_at from mcp.file_documents
       where user_id = $1
         and ($2::text[] is null or document_id = any ($2))
         and ($3::text[] is null or tags @> $3)
    ), matched as (
      select document_id, position, words, words @@ every_word as has_every_word
        from mcp.file_chunks join documents using (document_id) cross join asked
       where user_id = $1 and words @@ any_word
       order by has_every_word desc, ts_rank(words, any_word) desc, document_id, position limit ${rankedMax}
    ), by_words as (
      select document_id, position, 'words' as found_by,
             row_number() over (order by has_every_word desc, ts_rank_cd(words, any_word) desc,
                                         document_id, position) as place
        from matched cross join asked
       order by place limit ${proposalsMax}
    )${isByMeaning ? byMeaning(mode) : ''}, found as (
      select document_id, position, sum(1.0 / (${fusionConstant} + place))::float8 as score,
             array_agg(found_by order by found_by desc) as found_by
        from (select * from by_words ${isByMeaning ? 'union all select * from by_meaning' : ''}) as rankings
       group by document_id, position
       order by score desc, document_id, position limit $6
    )
    select document_id, position, score, found_by, metadata, tags, chunk_count, text,
           ts_headline($5::regconfig, ${plainPunctuation('text')}, any_word,
             'StartSel=${marks.start}, StopSel=${marks.end}, MaxFragments=2, MaxWords=30, MinWords=12, ShortWord=0, FragmentDelimiter=" … "') as preview
      from found join documents using (document_id) join mcp.file_chunks using (document_id, position) cross join asked
     where user_id = $1
     order by score desc, document_id, position`;
}

/** Compares vectors exactly, over the caller's passages: first those with words of the query, then those of the newest documents. */
function byMeaning(mode: 'array' | 'pgvector'): string {
  const likeness =
    mode === 'pgvector'
      ? '-(embedding::vector <#> $7::vector)'
      : '(select sum(a * b) from unnest(embedding, $7::real[]) as pairs (a, b))';
  const dimensions = mode === 'pgvector' ? 'vector_dims(embedding::vector)' : 'cardinality(embedding)';
  const asked = mode === 'pgvector' ? 'vector_dims($7::vector)' : 'cardinality($7::real[])';
  return `, compared as (
      select document_id, position, embedding
        from mcp.file_chunks join documents using (document_id) left join matched using (document_id, position)
       where user_id = $1 and embedding_model = $8 and embedding is not null and ${dimensions} = ${asked}
       order by has_every_word is not null desc, updated_at desc, document_id, position limit $9
    ), by_meaning as (
      select document_id, position, 'meaning' as found_by,
             row_number() over (order by likeness desc, document_id, position) as place
        from (select document_id, position, ${likeness} as likeness from compared) as measured
       order by place limit ${proposalsMax}
    )`;
}
