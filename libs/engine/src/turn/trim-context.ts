import { type ContentPart, type Item } from '@antiphon/contracts';

/** Tokens of an item besides its text: role, ids, separators. */
const itemTokens = 4;
/** Tokens of an image, a file or a sound. Providers differ; most count about this. */
const attachmentTokens = 1_500;

/**
 * Removes the oldest units until the rest fits by estimate. System and developer messages, the newest messages of the user and the last unit,
 * which the model answers, always stay. Where those alone are too long the provider decides.
 */
export function trimContext(
  units: readonly Item[][],
  instructions: string | null,
  tokensMax: number,
): Item[] {
  const costs = units.map((unit) => unit.reduce((sum, item) => sum + estimateTokens(item), 0));
  let tokens = costs.reduce((sum, cost) => sum + cost, textTokens(instructions ?? ''));
  const newest = newestUserUnits(units);
  const stays = units.filter((unit, place) => {
    const isPinned = isInstruction(unit) || newest.has(unit) || place === units.length - 1;
    if (isPinned || tokens <= tokensMax) return true;
    tokens -= costs[place] ?? 0;
    return false;
  });
  return stays.flat();
}

/** The estimated tokens of a context. */
export function contextTokens(items: readonly Item[], instructions: string | null): number {
  return items.reduce((sum, item) => sum + estimateTokens(item), textTokens(instructions ?? ''));
}

/** A rough count: a token is four characters of English, two of other alphabets, one of Chinese, Japanese or Korean. */
export function textTokens(text: string): number {
  let quarters = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    quarters += code < 0x80 ? 1 : code < 0x2e80 ? 2 : 4;
  }
  return Math.ceil(quarters / 4);
}

function estimateTokens(item: Item): number {
  switch (item.type) {
    case 'message':
      return itemTokens + contentTokens(item.content);
    case 'function_call':
      return itemTokens + textTokens(item.name) + textTokens(item.arguments);
    case 'function_call_output':
      return itemTokens + contentTokens(item.output);
    case 'reasoning':
      return itemTokens + textTokens(item.text);
    case 'mcp_list_tools':
    case 'additional_tools':
    case 'approval_response':
    case 'compaction':
      return 0;
  }
}

function contentTokens(content: string | readonly ContentPart[]): number {
  if (typeof content === 'string') return textTokens(content);
  let tokens = 0;
  for (const part of content) {
    if (part.type === 'text') tokens += textTokens(part.text);
    else if (part.type === 'refusal') tokens += textTokens(part.refusal);
    else tokens += attachmentTokens;
  }
  return tokens;
}

/** The last consecutive user messages. */
function newestUserUnits(units: readonly Item[][]): Set<Item[]> {
  const last = units.findLastIndex(isUserMessage);
  const newest = new Set<Item[]>();
  for (let place = last; place >= 0; place--) {
    const unit = units[place];
    if (!unit || !isUserMessage(unit)) break;
    newest.add(unit);
  }
  return newest;
}

function isUserMessage([item]: readonly Item[]): boolean {
  return item?.type === 'message' && item.role === 'user';
}

function isInstruction([item]: readonly Item[]): boolean {
  return item?.type === 'message' && (item.role === 'system' || item.role === 'developer');
}
