import type { Citation, ModelDelta } from '@antiphon/contracts';
import { count } from '../../answers/usage-count.ts';
import { isObject, type UnknownObject } from '../../../providers/json-object.ts';

/** The citations that an answer may have; more are left out. */
const citationsMax = 1_000;

/** A page and the part of the text that it supports, in bytes of the text; null: it is named for the whole text. */
interface Support {
  url: string;
  title: string;
  place: { start: number; end: number; text: string } | null;
}

/**
 * Reads the pages that an answer is based on: `groundingMetadata` (searches) and `citationMetadata` (quotations). Their places count UTF-8
 * bytes; those of our citations count characters.
 */
export class Grounding {
  private readonly supports: Support[] = [];

  read(candidate: UnknownObject): void {
    const { groundingMetadata, citationMetadata } = candidate;
    if (isObject(groundingMetadata)) this.readGrounding(groundingMetadata);
    if (!isObject(citationMetadata)) return;
    // Earlier versions of the API say `citationSources`.
    for (const cited of objects(citationMetadata['citations'] ?? citationMetadata['citationSources'])) {
      const page = pageOf(cited);
      const place = { start: count(cited['startIndex']), end: count(cited['endIndex']), text: '' };
      if (page !== null) this.add({ ...page, place });
    }
  }

  private readGrounding({ groundingChunks, groundingSupports }: UnknownObject): void {
    const pages = objects(groundingChunks).map((chunk) => {
      const { web, retrievedContext, maps, image } = chunk;
      return [web, retrievedContext, maps, image].filter(isObject).map(pageOf)[0] ?? null;
    });
    const placed = new Set<number>();
    for (const { segment, groundingChunkIndices: indices } of objects(groundingSupports)) {
      if (!isObject(segment) || !Array.isArray(indices)) continue;
      const text = typeof segment['text'] === 'string' ? segment['text'] : '';
      const place = { start: count(segment['startIndex']), end: count(segment['endIndex']), text };
      for (const index of indices.filter((value) => typeof value === 'number')) {
        const page = pages[index];
        placed.add(index);
        if (page) this.add({ ...page, place });
      }
    }
    pages.forEach((page, index) => {
      if (page !== null && !placed.has(index)) this.add({ ...page, place: null });
    });
  }

  private add(support: Support): void {
    if (this.supports.length < citationsMax) this.supports.push(support);
  }

  /** Passes on the citations of the whole text, each once. */
  end(text: string, burst: ModelDelta[]): void {
    if (this.supports.length === 0) return;
    const bytes = Buffer.from(text);
    const cited = new Set<string>();
    for (const { url, title, place } of this.supports) {
      const citation: Citation = { url, title, ...placeOf(place, text, bytes) };
      const key = `${citation.startIndex} ${citation.endIndex} ${url}`;
      if (cited.has(key)) continue;
      cited.add(key);
      burst.push({ type: 'citation', citation });
    }
    this.supports.length = 0;
  }
}

function pageOf({ uri, sourceUri, title }: UnknownObject): { url: string; title: string } | null {
  const url = [uri, sourceUri].find((value) => typeof value === 'string' && value !== '');
  return typeof url === 'string' ? { url, title: typeof title === 'string' ? title : '' } : null;
}

/** The place in characters. The text of a segment decides where its bytes are those of another part. */
function placeOf(
  place: Support['place'],
  text: string,
  bytes: Buffer,
): Pick<Citation, 'startIndex' | 'endIndex'> {
  const whole = characters(text);
  if (place === null || place.end > bytes.length) return found(place?.text ?? '', text, whole);
  const said = bytes.subarray(place.start, place.end).toString();
  if (place.text !== '' && said !== place.text) return found(place.text, text, whole);
  const startIndex = characters(bytes.subarray(0, place.start).toString());
  return { startIndex, endIndex: startIndex + characters(said) };
}

/** The place of a part by its text; the end of the whole text where it is not there. */
function found(part: string, text: string, whole: number): Pick<Citation, 'startIndex' | 'endIndex'> {
  const at = part === '' ? -1 : text.indexOf(part);
  if (at < 0) return { startIndex: whole, endIndex: whole };
  const startIndex = characters(text.slice(0, at));
  return { startIndex, endIndex: startIndex + characters(part) };
}

function characters(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters;
}

function objects(value: unknown): UnknownObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
