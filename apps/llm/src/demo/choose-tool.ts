import type { JsonObject, ModelTool } from '@antiphon/contracts';
import { echoOf, expressionIn, isSmallTalk, isWriting, wantsLookUp } from './intent.ts';
import type { Turn } from './turn.ts';
import { nameWords, stem, stemsOf, urlsIn } from './words.ts';

/** Words in the names of tools that do not show their purpose. */
const genericWords = new Set(
  'get set do run make call use tool tools function api request requests http https fetch execute data info current the a of for'.split(
    ' ',
  ),
);

/** Phrases with "time" that do not ask for the time: three times, every time, for a long time. */
const noClock = /\btimes\b|\b(?:long|first|second|last|next|every|each|any|some|same|one|more|less) time\b/gi;

/** The tool that a text asks for; null where none fits, or none is needed. */
export function chooseTool(
  turn: Pick<Turn, 'text' | 'instructions'>,
  tools: readonly ModelTool[],
): ModelTool | null {
  if (isSmallTalk(turn.text) || echoOf(turn.text) !== null) return null;
  const hasUrl = urlsIn(turn.text).length > 0;
  if (hasUrl) {
    const reader = chooseUrlTool(turn.text, tools);
    if (reader !== null) return reader;
  }
  // A tool that requires a URL cannot be called without one.
  const usable = tools.filter((tool) => hasUrl || urlParameter(tool) === null);
  const matching = bestMatch(turn.text.replace(noClock, ' '), usable);
  if (matching !== null) return matching;
  if (expressionIn(turn.text) !== null)
    return usable.find((tool) => /calculat|arithmetic|\bmath/i.test(described(tool))) ?? null;
  return wantsLookUp(turn) ? (usable.find(isSearchTool) ?? null) : null;
}

/** A tool that takes a URL. */
export function chooseUrlTool(text: string, tools: readonly ModelTool[]): ModelTool | null {
  const takers = tools.filter((tool) => urlParameter(tool) !== null);
  const method = /\b(get|post|put|patch|delete|head|options)\b\s+(?:request\b.*)?(?:to\s+)?https?:/i
    .exec(text)?.[1]
    ?.toLowerCase();
  const wantsHttp = method !== undefined || /\b(?:api|endpoint|json|http request|request|call)\b/i.test(text);
  const isHttp = (tool: ModelTool) => /http|request|\bapi\b/i.test(tool.name);
  const wanted = takers.filter((tool) => isHttp(tool) === wantsHttp);
  const byMethod = wanted.find((tool) => nameWords(tool.name).includes(method ?? 'get'));
  return (
    (wantsHttp ? byMethod : undefined) ??
    wanted.find(isPageReader) ??
    wanted[0] ??
    takers.find((tool) => !changesThings(tool)) ??
    null
  );
}

/** Whether a tool reads pages as text, in contrast to one that sends requests. */
export function isPageReader(tool: ModelTool): boolean {
  return urlParameter(tool) !== null && /scrape|crawl|read|browse|extract|page|open/i.test(tool.name);
}

export function isSearchTool(tool: ModelTool): boolean {
  const takesQuery = Object.keys(properties(tool)).some((name) =>
    /^(?:q|query|search|search_?query|keywords?|question|term)$/i.test(name),
  );
  return takesQuery && /search|google|look ?up|find|web|question|knowledge/i.test(described(tool));
}

/** The parameter that takes a URL, where a tool requires one. */
export function urlParameter(tool: ModelTool): string | null {
  const { required } = tool.parameters ?? {};
  const names = Object.keys(properties(tool));
  const name = names.find((candidate) => /^(?:url|uri|link|website|page_?url)$/i.test(candidate));
  if (name === undefined) return null;
  return (Array.isArray(required) && required.includes(name)) || names[0] === name ? name : null;
}

function changesThings(tool: ModelTool): boolean {
  return nameWords(tool.name).some((word) => ['post', 'put', 'patch', 'delete'].includes(word));
}

/** The tool whose name and description share most words with the text, if they share enough. */
function bestMatch(text: string, tools: readonly ModelTool[]): ModelTool | null {
  const stems = stemsOf(text);
  let best: ModelTool | null = null;
  let bestScore = 0;
  for (const tool of tools) {
    const score = matchOf(stems, tool, isWriting(text));
    if (score > bestScore) [best, bestScore] = [tool, score];
  }
  return best;
}

/** 0 where the common words may be chance: the text must have the whole name, or parts of name and description, or much of the description. */
function matchOf(stems: ReadonlySet<string>, tool: ModelTool, isDemanding: boolean): number {
  const words = nameWords(tool.name);
  const telling = words.filter((word) => !genericWords.has(word));
  const nameStems = new Set((telling.length > 0 ? telling : words).map(stem));
  const nameHits = [...nameStems].filter((word) => stems.has(word)).length;
  const descriptionStems = stemsOf(
    [tool.description ?? '', ...Object.keys(properties(tool)).map((name) => name.replaceAll('_', ' '))].join(
      ' ',
    ),
  );
  const descriptionHits = [...descriptionStems].filter(
    (word) => stems.has(word) && !nameStems.has(word),
  ).length;

  const isWholeName = nameHits === nameStems.size;
  const isDescribed = descriptionHits >= 2 && descriptionHits / stems.size >= 0.4;
  const isMatch = isWholeName || (!isDemanding && ((nameHits > 0 && descriptionHits > 0) || isDescribed));
  return isMatch
    ? (isWholeName ? 4 : 0) + 2 * (nameHits / nameStems.size) + Math.min(descriptionHits, 3) / 2
    : 0;
}

function described(tool: ModelTool): string {
  return `${nameWords(tool.name).join(' ')} ${tool.description ?? ''}`;
}

function properties(tool: ModelTool): JsonObject {
  const listed = tool.parameters?.['properties'];
  return typeof listed === 'object' && listed !== null && !Array.isArray(listed) ? listed : {};
}
