import type { Citation } from '@antiphon/contracts';
import { isObject } from '../../providers/json-object.ts';

/** The citations that a block of text may have; more are left out. */
const citationsMax = 200;

/**
 * The pages that a block of text cites, as citations of its whole text. Citations of documents of the request have no address and
 * are left out; requests of this system do not ask for them.
 */
export function readCitations(cited: readonly unknown[], startIndex: number, endIndex: number): Citation[] {
  const byUrl = new Map<string, Citation>();
  for (const citation of cited.slice(0, citationsMax)) {
    if (!isObject(citation)) continue;
    const url = citation['url'] ?? citation['source'];
    if (typeof url !== 'string' || url === '') continue;
    const title = typeof citation['title'] === 'string' ? citation['title'] : '';
    if (!byUrl.has(url)) byUrl.set(url, { url, title, startIndex, endIndex });
  }
  return [...byUrl.values()];
}
