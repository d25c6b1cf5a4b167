import type { ProviderQuirks } from '../../quirks/provider-quirks.ts';
import type { ChatMessage, ChatPart, UserMessage } from './chat-message.ts';

type OrderQuirks = Pick<ProviderQuirks, 'system_messages' | 'user_messages' | 'user_after_tool'>;

/** Brings messages into an order of roles that the provider accepts. */
export function inProvidersOrder(messages: ChatMessage[], quirks: OrderQuirks): ChatMessage[] {
  let ordered = messages;
  if (quirks.system_messages === 'merge') ordered = mergeSystemMessages(ordered);
  if (quirks.user_messages === 'join') ordered = joinUserMessages(ordered);
  if (!quirks.user_after_tool) ordered = separateUserFromTool(ordered);
  return ordered;
}

/**
 * Merges the leading system messages into one. A later system message becomes user text in its place, joined with an adjacent user
 * message. If there are only system messages, the last one becomes the user message, since templates require one.
 */
function mergeSystemMessages(messages: ChatMessage[]): ChatMessage[] {
  const firstOther = messages.findIndex(({ role }) => role !== 'system');
  const leading = firstOther < 0 ? messages.slice(0, -1) : messages.slice(0, firstOther);
  const merged: ChatMessage[] = [];
  if (leading.length > 0) {
    const texts = leading.flatMap((message) => (message.role === 'system' ? [message.content] : []));
    merged.push({ role: 'system', content: texts.join('\n\n') });
  }
  let isAfterSystem = false;
  for (const message of messages.slice(leading.length)) {
    const isSystem = message.role === 'system';
    const said: ChatMessage = isSystem ? { role: 'user', content: message.content } : message;
    const last = merged.at(-1);
    if (said.role === 'user' && last?.role === 'user' && (isSystem || isAfterSystem))
      merged[merged.length - 1] = joined(last, said);
    else merged.push(said);
    isAfterSystem = isSystem;
  }
  return merged;
}

function joinUserMessages(messages: ChatMessage[]): ChatMessage[] {
  const result: ChatMessage[] = [];
  for (const message of messages) {
    const last = result.at(-1);
    if (message.role === 'user' && last?.role === 'user') result[result.length - 1] = joined(last, message);
    else result.push(message);
  }
  return result;
}

function joined(first: UserMessage, second: UserMessage): ChatMessage {
  if (typeof first.content === 'string' && typeof second.content === 'string')
    return { role: 'user', content: `${first.content}\n\n${second.content}` };
  return { role: 'user', content: [...partsOf(first.content), ...partsOf(second.content)] };
}

function partsOf(content: string | ChatPart[]): ChatPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** Mistral: "Unexpected role 'user' after role 'tool'". */
function separateUserFromTool(messages: ChatMessage[]): ChatMessage[] {
  return messages.flatMap((message, place): ChatMessage[] =>
    message.role === 'user' && messages[place - 1]?.role === 'tool'
      ? [{ role: 'assistant', content: 'I have read the output.' }, message]
      : [message],
  );
}
