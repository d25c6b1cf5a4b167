import { cachedCharactersMin, mediaCharacters } from '../turns/cached-prefix.ts';
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  TextBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { MessageBlocks, MessagesBody } from './wire.ts';

type Markable = { cache_control?: CacheControlEphemeral | null };

/**
 * Marks the beginnings that later requests are likely to repeat, at most four: the tools, the system message and, in a conversation,
 * the last two user messages. The API finds an earlier mark only within 20 blocks, so the mark of the request before is repeated.
 */
export function markCache(body: MessagesBody, retention: string | undefined): void {
  const mark: CacheControlEphemeral = isLong(retention)
    ? { type: 'ephemeral', ttl: '1h' }
    : { type: 'ephemeral' };
  let characters = body.tools === undefined ? 0 : JSON.stringify(body.tools).length;
  const markAt = (block: Markable | undefined) => {
    if (block !== undefined && characters >= cachedCharactersMin) block.cache_control = mark;
  };
  markAt(body.tools?.at(-1));
  for (const { text } of body.system ?? []) characters += text.length;
  markAt(body.system?.at(-1));

  const goesOn = body.tools !== undefined || body.messages.length > 1;
  const ofUser = body.messages.filter(({ role }) => role === 'user').slice(-2);
  for (const message of body.messages) {
    for (const block of message.content) characters += charactersOf(block);
    if (goesOn && ofUser.includes(message)) markAt(lastMarkable(message));
  }
}

/** The API offers at most an hour. */
function isLong(retention: string | undefined): boolean {
  return retention === '24h' || retention === '1h';
}

function lastMarkable({ content }: MessageBlocks): Markable | undefined {
  const last = content.at(-1);
  return last?.type === 'thinking' || last?.type === 'redacted_thinking' ? undefined : last;
}

function charactersOf(block: ContentBlockParam): number {
  switch (block.type) {
    case 'text':
      return block.text.length;
    case 'thinking':
      return block.thinking.length;
    case 'tool_use':
      return JSON.stringify(block.input).length;
    case 'tool_result':
      return typeof block.content === 'string' ? block.content.length : resultCharacters(block.content ?? []);
    default:
      return mediaCharacters;
  }
}

function resultCharacters(content: readonly (TextBlockParam | { type: string })[]): number {
  return content.reduce((sum, part) => sum + ('text' in part ? part.text.length : mediaCharacters), 0);
}
