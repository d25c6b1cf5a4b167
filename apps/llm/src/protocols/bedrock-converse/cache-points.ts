import { cachedCharactersMin, mediaCharacters } from '../turns/cached-prefix.ts';
import type { ModelFamily } from './model-family.ts';
import type { CachePoint, ConverseBody, ConverseBlock } from './wire.ts';

const point: CachePoint = { cachePoint: { type: 'default' } };

/**
 * Puts cache points after the beginnings that later requests are likely to repeat, at most four: the tools, the system text and, in a conversation,
 * the last two user messages.
 */
export function addCachePoints(body: ConverseBody, family: ModelFamily): void {
  if (family.cachePoints === 'none') return;
  const tools = body.toolConfig?.tools;
  let characters = tools === undefined ? 0 : JSON.stringify(tools).length;
  const addTo = (list: unknown[] | undefined) => {
    if (list !== undefined && characters >= cachedCharactersMin) list.push(point);
  };
  if (family.cachePoints === 'all') addTo(tools);
  for (const block of body.system ?? []) characters += 'text' in block ? block.text.length : 0;
  addTo(body.system);

  const goesOn = tools !== undefined || body.messages.length > 1;
  const ofUser = body.messages.filter(({ role }) => role === 'user').slice(-2);
  for (const message of body.messages) {
    for (const block of message.content) characters += charactersOf(block);
    if (goesOn && ofUser.includes(message)) addTo(message.content);
  }
}

function charactersOf(block: ConverseBlock): number {
  if ('text' in block) return block.text.length;
  if ('image' in block || 'document' in block) return mediaCharacters;
  if ('toolResult' in block)
    return block.toolResult.content.reduce((sum, part) => sum + charactersOf(part), 0);
  return JSON.stringify(block).length;
}
