import type {
  FunctionCallItem,
  FunctionCallOutputItem,
  Item,
  JsonObject,
  MessageItem,
  ReasoningItem,
} from '@antiphon/contracts';
import type {
  ResponseInputItem,
  ResponseOutputRefusal,
  ResponseOutputText,
} from 'openai/resources/responses/responses';
import { parseObject } from '../../providers/json-object.ts';
import type { ProviderQuirks } from '../quirks/provider-quirks.ts';
import { argumentsText } from '../requests/call-arguments.ts';
import { callIdAt, shortCallId } from '../requests/call-id.ts';
import { PendingOutputs } from '../requests/pending-outputs.ts';
import { toInputContent, toOutputContent } from './input-content.ts';
import { itemSentBack } from './native-tools.ts';

/** An item of a request's `input`. A message of the model needs no id, and a thought is sent as it came. */
export type InputItem =
  | Extract<
      ResponseInputItem,
      {
        type: 'function_call' | 'function_call_output' | 'custom_tool_call' | 'custom_tool_call_output';
      }
    >
  | { type: 'message'; role: MessageItem['role']; content: readonly object[] }
  | JsonObject;

/**
 * Converts items to the input of a request. A thought goes back unchanged to the account that issued it, before the message or the call that
 * it led to; other accounts cannot read it. The API refuses a thought without its following item, and a call without its output. Calls of custom tools
 * have items of their own where the provider has such tools.
 */
export function toInputItems(
  items: readonly Item[],
  {
    account,
    isReasoning,
    quirks: { custom_tools: hasCustomTools },
  }: { account: string; isReasoning: boolean; quirks: Pick<ProviderQuirks, 'custom_tools'> },
): InputItem[] {
  const input: InputItem[] = [];
  const outputs = new PendingOutputs(items);
  const thoughts = new ReasoningBuffer(account, isReasoning);
  /** Of the calls that were made together: they follow the last of these calls. */
  let callsOutputs: InputItem[] = [];
  const endCalls = () => {
    input.push(...callsOutputs);
    callsOutputs = [];
  };

  for (const [position, item] of items.entries()) {
    switch (item.type) {
      case 'reasoning':
        thoughts.add(item);
        break;
      case 'function_call': {
        const own = itemSentBack(item, account, () => outputs.take(item));
        if (own !== null) {
          endCalls();
          input.push(...thoughts.take(), own);
          break;
        }
        if (hasCustomTools && item.kind === 'custom') {
          input.push(...thoughts.take(), toCustomCall(item, account));
          callsOutputs.push(toCustomOutput(idOf(item, account), outputs.take(item)));
          break;
        }
        input.push(...thoughts.take(), toCall(item, account));
        callsOutputs.push(toOutput(idOf(item, account), outputs.take(item)));
        break;
      }
      case 'function_call_output':
        endCalls();
        thoughts.drop();
        if (!outputs.isTaken(item))
          input.push(toOutput(shortCallId(item.callId, callIdLengthMax), item.output));
        break;
      case 'message': {
        const message = toMessage(item, `items[${position}].content`);
        if (message === null) break;
        endCalls();
        if (item.role === 'assistant') input.push(...thoughts.take());
        else thoughts.drop();
        input.push(message);
        break;
      }
      case 'mcp_list_tools':
      case 'additional_tools':
      case 'approval_response':
      case 'compaction':
        break;
    }
  }
  endCalls();
  return input;
}

/** Collects the thoughts before a message or a call of the model. */
class ReasoningBuffer {
  private thoughts: JsonObject[] = [];
  /** Thoughts of one answer repeat the earlier ones. */
  private readonly sent = new Set<string>();

  constructor(
    private readonly account: string,
    private readonly isReasoning: boolean,
  ) {}

  add({ origin }: ReasoningItem): void {
    if (origin?.provider !== this.account) return;
    for (const thought of origin.details ?? []) {
      const key = JSON.stringify(thought['id'] ?? thought);
      if (thought['type'] !== 'reasoning' || this.sent.has(key)) continue;
      // "reasoning items can only be provided to a reasoning … model"
      if (!this.isReasoning && thought['encrypted_content'] !== undefined) continue;
      this.sent.add(key);
      this.thoughts.push(thought);
    }
  }

  take(): JsonObject[] {
    const thoughts = this.thoughts;
    this.thoughts = [];
    return thoughts;
  }

  drop(): void {
    this.thoughts = [];
  }
}

/** Null for a message of the model that has nothing to send. */
function toMessage(item: MessageItem, place: string): InputItem | null {
  const { role } = item;
  const content = role === 'assistant' ? toSaidContent(item) : toInputContent(item.content, place);
  if (role === 'assistant' && content.length === 0) return null;
  return { type: 'message', role, content };
}

type SaidPart = Pick<ResponseOutputText, 'type' | 'text'> | ResponseOutputRefusal;

/** The text and the refusals of an answer. Its images are left out: the API takes none in these messages. */
function toSaidContent({ content }: MessageItem): SaidPart[] {
  return content.flatMap((part): SaidPart[] => {
    if (part.type === 'text' && part.text !== '') return [{ type: 'output_text', text: part.text }];
    return part.type === 'refusal' ? [{ type: 'refusal', refusal: part.refusal }] : [];
  });
}

/** Of a `call_id`; a provider's own id may be longer. */
const callIdLengthMax = 64;

function idOf(call: FunctionCallItem, account: string): string {
  const id = callIdAt(account, call);
  return id === call.callId ? shortCallId(id, callIdLengthMax) : id;
}

function toCall(call: FunctionCallItem, account: string): InputItem {
  return {
    type: 'function_call',
    call_id: idOf(call, account),
    name: call.name,
    arguments: argumentsText(call.arguments),
  };
}

/** The arguments hold the input as one string; other arguments are the input as they are. */
function toCustomCall(call: FunctionCallItem, account: string): InputItem {
  const input = parseObject(call.arguments)?.['input'];
  return {
    type: 'custom_tool_call',
    call_id: idOf(call, account),
    name: call.name,
    input: typeof input === 'string' ? input : call.arguments,
  };
}

function toCustomOutput(callId: string, output: FunctionCallOutputItem['output']): InputItem {
  return { type: 'custom_tool_call_output', call_id: callId, output: toOutputContent(output) };
}

function toOutput(callId: string, output: FunctionCallOutputItem['output']): InputItem {
  return { type: 'function_call_output', call_id: callId, output: toOutputContent(output) };
}
