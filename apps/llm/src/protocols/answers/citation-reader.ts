import type { Citation, ModelDelta } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import { count } from './usage-count.ts';

/** The citations that an answer may have; more are left out. */
const citationsMax = 1_000;

/**
 * Reads the pages that an answer cites: as annotations of a text, or as a list beside the whole answer (Perplexity's `citations` and
 * `search_results`), which the text refers to by number: `[1]`.
 */
export class CitationReader {
  /** The URLs of the list, which the text counts from 1. */
  private listed: readonly string[] = [];
  private readonly titles = new Map<string, string>();
  /** The citations that were passed on, so that a list in every chunk counts once. */
  private readonly cited = new Set<string>();
  private readonly citedUrls = new Set<string>();

  /** Reads the lists beside the choices of a chunk. Where there are both, the numbers refer to `citations`. */
  readLists(chunk: UnknownObject): void {
    const { citations, search_results: results } = chunk;
    if (Array.isArray(results)) this.listed = this.readList(results);
    if (Array.isArray(citations)) this.listed = this.readList(citations);
  }

  private readList(list: readonly unknown[]): string[] {
    return list.map((entry) => {
      const { url, title } = isObject(entry) ? entry : { url: entry, title: undefined };
      if (typeof url !== 'string') return '';
      if (typeof title === 'string' && title !== '') this.titles.set(url, title);
      return url;
    });
  }

  /** The annotations of a delta or a message; kinds other than citations of pages and of files of containers are left out. */
  readAnnotations(annotations: unknown, burst: ModelDelta[]): void {
    if (!Array.isArray(annotations)) return;
    for (const annotation of annotations as unknown[]) {
      const described = isObject(annotation) ? (annotation['url_citation'] ?? annotation) : null;
      if (!isObject(described)) continue;
      const { url, title, start_index: start, end_index: end, filename } = described;
      const { type, file_id: fileId, container_id: containerId } = described;
      const place = { startIndex: count(start), endIndex: count(end) };
      if (type === 'container_file_citation' && typeof fileId === 'string' && typeof containerId === 'string')
        this.push(
          { type: 'container_file', containerId, fileId, url: '', title: textOf(filename), ...place },
          burst,
        );
      if (typeof url !== 'string') continue;
      this.push({ url, title: textOf(title), ...place }, burst);
    }
  }

  /**
   * Ends the text: cites the listed pages at their numbers in it, and the pages without a number after it. Places count characters
   * (code points), as OpenAI's do.
   */
  end(text: string, burst: ModelDelta[]): void {
    if (this.listed.length === 0) return;
    let places = 0;
    let counted = 0;
    for (const marker of text.matchAll(/\[(\d{1,3})\]/g)) {
      const url = this.listed[Number(marker[1]) - 1];
      if (!url) continue;
      places += characters(text.slice(counted, marker.index));
      counted = marker.index;
      this.cite(url, places, places + marker[0].length, burst);
    }
    const end = places + characters(text.slice(counted));
    for (const url of this.listed)
      if (url !== '' && !this.citedUrls.has(url)) this.cite(url, end, end, burst);
  }

  private cite(url: string, startIndex: number, endIndex: number, burst: ModelDelta[]): void {
    this.push({ url, title: this.titles.get(url) ?? '', startIndex, endIndex }, burst);
  }

  private push(citation: Citation, burst: ModelDelta[]): void {
    const source = 'fileId' in citation ? citation.fileId : citation.url;
    const key = `${citation.startIndex} ${citation.endIndex} ${source}`;
    if (this.cited.has(key) || this.cited.size >= citationsMax) return;
    this.cited.add(key);
    this.citedUrls.add(citation.url);
    burst.push({ type: 'citation', citation });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function characters(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters;
}
