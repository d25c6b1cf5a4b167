import type {
  ContentPart,
  FunctionCallItem,
  FunctionCallOutputItem,
  Item,
  JsonObject,
  MessageItem,
  Usage,
} from '@antiphon/contracts';
import type { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import { spokenText } from '../../common/spoken-text.ts';
import type * as replies from '../reply-schema.ts';

type Message = z.input<typeof replies.Message>;
type AssistantMessage = Extract<Message, { role: 'assistant' }>;
type TextBlock = Message['content'][number];

/**
 * Items as messages: the assistant's text and the calls that follow it are one message. Instructions and thoughts are left out. The usage of one
 * message is known where the `output` has only one assistant message; it is zero for an answer from the cache.
 */
export function encodeMessages(response: {
  input: readonly Item[];
  output: readonly Item[];
  usage: Usage;
  incompleteReason: string | null;
  isFromCache?: boolean;
}): Message[] {
  const { usage, incompleteReason, isFromCache = false } = response;
  const output = messagesOf(response.output);
  const said = output.filter((message) => message.role === 'assistant');
  const [only] = said;
  const isUsageKnown = usage.totalTokens > 0 || isFromCache;
  if (said.length === 1 && only && isUsageKnown) only.usage = encodeUsage(usage);
  const last = said.at(-1);
  if (last && incompleteReason !== null)
    last.finish_reason = incompleteReason === 'max_output_tokens' ? 'length' : incompleteReason;
  return [...messagesOf(response.input), ...output];
}

export function encodeUsage(usage: Usage): z.input<typeof replies.Usage> {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
  };
}

/** A call in an assistant message, with the arguments that run. */
export function encodeCall(
  { callId, name }: FunctionCallItem,
  args: JsonObject,
): z.input<typeof replies.ToolCall> {
  return { id: callId, name, args, type: 'tool_call' };
}

/** Whether a call's result is the error of its tool. */
export function outcomeOf(call: FunctionCallItem | undefined): 'success' | 'error' {
  return call && call.error !== null ? 'error' : 'success';
}

function messagesOf(items: readonly Item[]): Message[] {
  const messages: Message[] = [];
  const calls = new Map<string, FunctionCallItem>();
  /** The assistant's turn that is being assembled, until a tool result or a user message follows. */
  let turn: AssistantMessage | null = null;
  for (const item of items) {
    switch (item.type) {
      case 'message':
        if (item.role === 'system' || item.role === 'developer') break;
        // The results of calls follow their message, so text that the model writes after its calls goes into the message with the calls.
        if (item.role === 'assistant' && turn && hasCalls(turn)) {
          turn.content.push(...encodeContent(item.content));
          break;
        }
        turn = null;
        if (item.role === 'user') messages.push(encodeHuman(item));
        else messages.push((turn = assistantMessage(item.id, item.content, item.status === 'completed')));
        break;
      case 'function_call':
        calls.set(item.callId, item);
        if (turn === null) messages.push((turn = assistantMessage(item.id, [], true)));
        addCall(turn, item);
        break;
      case 'function_call_output':
        turn = null;
        messages.push(encodeResult(item, calls.get(item.callId)));
        break;
      case 'reasoning':
      case 'mcp_list_tools':
      case 'additional_tools':
      case 'approval_response':
      case 'compaction':
        break;
    }
  }
  return messages;
}

function encodeHuman({ id, content }: MessageItem): Message {
  return { id, role: 'human', content: encodeContent(content) };
}

function assistantMessage(id: string, content: readonly ContentPart[], isWhole: boolean): AssistantMessage {
  return {
    id,
    role: 'assistant',
    content: encodeContent(content),
    tool_calls: null,
    invalid_tool_calls: [],
    finish_reason: isWhole ? 'stop' : null,
    usage: null,
  };
}

function hasCalls({ tool_calls: calls, invalid_tool_calls: invalid }: AssistantMessage): boolean {
  return calls !== null || invalid.length > 0;
}

function addCall(message: AssistantMessage, call: FunctionCallItem): void {
  message.finish_reason = 'tool_calls';
  const args = argumentsOf(call);
  if (args) message.tool_calls = [...(message.tool_calls ?? []), encodeCall(call, args)];
  else message.invalid_tool_calls.push(encodeInvalidCall(call));
}

function encodeInvalidCall({ callId, name, arguments: args }: FunctionCallItem): Record<string, unknown> {
  return {
    id: callId,
    name,
    args,
    error: 'The arguments are not a JSON object',
    type: 'invalid_tool_call',
  };
}

function encodeResult(
  { id, callId, output }: FunctionCallOutputItem,
  call: FunctionCallItem | undefined,
): Message {
  return {
    id,
    role: 'tool',
    content: encodeContent(typeof output === 'string' ? [{ type: 'text', text: output }] : output),
    tool_call_id: callId,
    tool_name: call?.name ?? null,
    status: outcomeOf(call),
  };
}

/** Messages of this dialect hold text; other parts are replaced by a placeholder such as `[image]`. */
function encodeContent(parts: readonly ContentPart[]): TextBlock[] {
  return parts.map((part) => ({ type: 'text', text: spokenText([part]) }));
}
