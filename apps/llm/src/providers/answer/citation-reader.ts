import type { Citation, ModelDelta } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../json-object.ts';
import { count } from './usage-count.ts';

/**
 * Reads the pages that an answer goes back to: as annotations of a text, or as a list beside the whole answer (Perplexity's `citations` and
 * `search_results`), which the text refers to by number: `[1]`.
 */
export class CitationReader {
  /** By address, in the order of the list. */
  readonly #listed = new Map<string, string>();
  /** The citations that were handed on, so that a list sent with every chunk counts once. */
  readonly #told = new Set<string>();
  readonly #toldUrls = new Set<string>();

  /** A chunk: the lists beside its choices. */
  readLists(chunk: UnknownObject): void {
    for (const list of [chunk['citations'], chunk['search_results']]) {
      if (!Array.isArray(list)) continue;
      for (const entry of list as unknown[]) {
        const { url, title } = isObject(entry) ? entry : { url: entry, title: undefined };
        if (typeof url !== 'string' || url === '') continue;
        const known = this.#listed.get(url);
        this.#listed.set(url, typeof title === 'string' && title !== '' ? title : (known ?? ''));
      }
    }
  }

  /** The annotations of a delta or a message; kinds other than citations of pages are left out. */
  readAnnotations(annotations: unknown, burst: ModelDelta[]): void {
    if (!Array.isArray(annotations)) return;
    for (const annotation of annotations as unknown[]) {
      const described = isObject(annotation) ? (annotation['url_citation'] ?? annotation) : null;
      if (!isObject(described) || typeof described['url'] !== 'string') continue;
      const { url, title, start_index: start, end_index: end } = described;
      this.#tell(
        {
          url,
          title: typeof title === 'string' ? title : '',
          startIndex: count(start),
          endIndex: count(end),
        },
        burst,
      );
    }
  }

  /**
   * The text is whole: cites the listed pages at their numbers in it, and after it those that it does not name. Places count characters
   * (code points), as OpenAI's do.
   */
  end(text: string, burst: ModelDelta[]): void {
    if (this.#listed.size === 0) return;
    const pages = [...this.#listed].map(([url, title]) => ({ url, title }));
    let places = 0;
    let counted = 0;
    for (const marker of text.matchAll(/\[(\d{1,3})\]/g)) {
      const page = pages[Number(marker[1]) - 1];
      if (page === undefined) continue;
      places += characters(text.slice(counted, marker.index));
      counted = marker.index;
      this.#tell({ ...page, startIndex: places, endIndex: places + marker[0].length }, burst);
    }
    const end = places + characters(text.slice(counted));
    for (const page of pages)
      if (!this.#toldUrls.has(page.url)) this.#tell({ ...page, startIndex: end, endIndex: end }, burst);
  }

  #tell(citation: Citation, burst: ModelDelta[]): void {
    const key = `${citation.startIndex} ${citation.endIndex} ${citation.url}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#toldUrls.add(citation.url);
    burst.push({ type: 'citation', citation });
  }
}

function characters(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters;
}
