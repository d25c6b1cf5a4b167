import type { AttributeFilter, Caller, FoundPassage, SearchRanking } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { Embedder } from '../../file-search/embedder.ts';
import { PassageStore } from '../../file-search/passage.store.ts';
import { bestScore } from '../../file-search/search-statement.ts';
import { indexable } from '../../file-search/split-text.ts';
import { shownAttributes } from '../stored/shown-attributes.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';

export interface StoreQuery extends SearchRanking {
  /** The passages of each are joined; a passage counts with its best score. */
  queries: readonly string[];
  filter: AttributeFilter | null;
  resultsMax: number;
}

/** Searches vector stores of a caller by words and by meaning. */
@Injectable()
export class StoreSearch {
  constructor(
    private readonly stores: VectorStoreStore,
    private readonly passages: PassageStore,
    private readonly embedder: Embedder,
  ) {}

  /**
   * The best passages, best first. A score of 1 means: first in each ranking. Throws `not_found` for an unknown store, `invalid_request` for an expired
   * one, `unavailable` when the index is busy.
   */
  async search(
    caller: Caller,
    storeIds: readonly string[],
    query: StoreQuery,
    signal: AbortSignal,
  ): Promise<FoundPassage[]> {
    for (const id of storeIds) await this.stores.findOpen(caller, id);
    await this.stores.noteUse(storeIds);
    const texts = query.queries.map(indexable);
    const embedded = query.weights.meaning > 0 ? await this.embedder.embed(caller, texts, signal) : null;
    const best = new Map<string, FoundPassage>();
    for (const [place, text] of texts.entries()) {
      const vector = embedded !== null && embedded.model !== null ? embedded.vectors[place] : undefined;
      const embedding = embedded?.model && vector ? { model: embedded.model, vector } : null;
      const asked = {
        storeIds,
        text,
        documentIds: null,
        tags: null,
        filter: query.filter,
        passagesMax: query.resultsMax,
        embedding,
        weights: embedding === null ? { words: 1, meaning: 0 } : query.weights,
      };
      const scoreMax = bestScore(asked);
      for (const { position, ...found } of await this.passages.search(asked)) {
        const { fileId, filename, text: passage, attributes } = found;
        const key = `${fileId} ${position}`;
        const score = found.score / scoreMax;
        if (score <= (best.get(key)?.score ?? 0)) continue;
        best.set(key, { fileId, filename, score, attributes: shownAttributes(attributes), text: passage });
      }
    }
    return [...best.values()]
      .filter(({ score }) => score >= query.scoreMin)
      .sort((one, other) => other.score - one.score)
      .slice(0, query.resultsMax);
  }
}
