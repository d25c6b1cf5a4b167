import { functionCall, type FunctionCallItem, type Item, type MessageItem } from '@antiphon/contracts';
import { plainQuirks, type QuirkChanges } from '../../quirks/provider-quirks.ts';
import { toChatMessages } from '../request/chat-messages.ts';

/* Items for the specs of chat messages, and their messages. */

export const message = (role: MessageItem['role'], ...content: MessageItem['content']): Item => ({
  type: 'message',
  id: 'msg',
  role,
  content,
  status: 'completed',
});
export const text = (words: string) => ({ type: 'text' as const, text: words });
export const call = (callId: string, name = 'search', args = '{}'): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name,
    arguments: args,
    executor: 'server',
  });
export const output = (callId: string, said: string): Item => ({
  type: 'function_call_output',
  id: `fco_${callId}`,
  callId,
  output: said,
  status: 'completed',
});
export const thought: Item = { type: 'reasoning', id: 'rs', text: 'hm', status: 'completed' };

/** The quirks of most providers. */
export const messages = (instructions: string | null, items: readonly Item[], changes: QuirkChanges = {}) =>
  toChatMessages(instructions, items, { account: 'here', quirks: { ...plainQuirks, ...changes } });

export const chatCall = (id: string, name = 'search', args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
export const tool = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content });
