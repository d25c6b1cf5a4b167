import { type FunctionCallItem, type Item, type MessageItem, textOf } from '@antiphon/contracts';
import { argumentsText } from '../../requests/call-arguments.ts';
import { callIdAt, providersCallId } from '../../requests/call-id.ts';
import { PendingOutputs } from '../../requests/pending-outputs.ts';
import type { ProviderQuirks } from '../../quirks/provider-quirks.ts';
import type { AssistantMessage, ChatMessage, ChatToolCall } from './chat-message.ts';
import { toUserContent } from './content-parts.ts';
import { inProvidersOrder } from './message-order.ts';
import { PendingThoughts } from './thoughts.ts';
import { toolMessages } from './tool-outputs.ts';

export interface ChatMessagesOptions {
  /** The account at the provider: reasoning and call data are sent back to the one that they came from alone. */
  account: string;
  quirks: ProviderQuirks;
}

/**
 * Converts items to chat messages. Providers require an order that items need not have: all calls of a turn in one assistant message,
 * followed by the output of each call. Reasoning goes into the next assistant message.
 */
export function toChatMessages(
  instructions: string | null,
  items: readonly Item[],
  { account, quirks }: ChatMessagesOptions,
): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (instructions !== null && instructions !== '') messages.push({ role: 'system', content: instructions });
  const outputs = new PendingOutputs(items);
  const thoughts = new PendingThoughts(items, account, quirks);

  for (let position = 0; position < items.length; position++) {
    const item = items[position];
    if (item?.type === 'reasoning') {
      thoughts.add(item, position);
    } else if (item?.type === 'message') {
      const message = toChatMessage(item, quirks);
      if (message === null) continue;
      messages.push(message);
      if (message.role === 'assistant') thoughts.giveTo(message);
      else thoughts.drop();
    } else if (item?.type === 'function_call_output') {
      if (!outputs.isTaken(item)) messages.push(...toolMessages([{ ...item, toolName: null }], quirks));
    } else if (item?.type === 'function_call') {
      const calls = callsFrom(items, position);
      thoughts.giveTo(appendCalls(messages, calls, { account, quirks }));
      const taken = calls.map((call) => ({
        callId: callIdAt(account, call),
        toolName: call.name,
        output: outputs.take(call),
      }));
      messages.push(...toolMessages(taken, quirks));
      position = items.indexOf(calls.at(-1) ?? item, position);
    }
  }
  return inProvidersOrder(messages, quirks);
}

/** The calls of one turn: consecutive calls, with thoughts between them ignored. */
function callsFrom(items: readonly Item[], start: number): FunctionCallItem[] {
  const calls: FunctionCallItem[] = [];
  for (const item of items.slice(start)) {
    if (item.type === 'function_call') calls.push(item);
    else if (item.type !== 'reasoning') break;
  }
  return calls;
}

/** Puts calls into the assistant's message before them, where there is one. Returns the message that has them. */
function appendCalls(
  messages: ChatMessage[],
  calls: FunctionCallItem[],
  { account, quirks }: ChatMessagesOptions,
): AssistantMessage {
  const toolCalls = calls.map((call): ChatToolCall => ({
    id: providersCallId(callIdAt(account, call), quirks),
    type: 'function',
    function: { name: call.name, arguments: argumentsText(call.arguments) },
    ...extraContentAt(account, call),
  }));
  const last = messages.at(-1);
  const message: AssistantMessage =
    last?.role === 'assistant' && last.tool_calls === undefined ? last : { role: 'assistant', content: null };
  message.tool_calls = toolCalls;
  if (message !== last) messages.push(message);
  return message;
}

/** The data that the provider of a call needs back with it. */
function extraContentAt(account: string, { origin }: FunctionCallItem): Pick<ChatToolCall, 'extra_content'> {
  if (origin?.provider !== account || Object.keys(origin.extraContent).length === 0) return {};
  return { extra_content: origin.extraContent };
}

/** Null for an assistant message without text (a turn of reasoning alone): providers refuse it. */
function toChatMessage(message: MessageItem, quirks: ProviderQuirks): ChatMessage | null {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: toUserContent(message.content, quirks) };
    case 'assistant': {
      // A refusal is sent as text: few servers know the field `refusal`.
      const content = message.content
        .map((part) => (part.type === 'refusal' ? part.refusal : textOf([part])))
        .join('');
      return content === '' ? null : { role: 'assistant', content };
    }
    case 'system':
      return { role: 'system', content: textOf(message.content) };
    case 'developer':
      return {
        role: quirks.developer_messages === 'keep' ? 'developer' : 'system',
        content: textOf(message.content),
      };
  }
}
