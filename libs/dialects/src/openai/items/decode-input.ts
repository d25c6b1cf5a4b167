import {
  functionCall,
  newId,
  ownLabel,
  ServerLabel,
  type FunctionCallItem,
  type IdKind,
  type InputItem,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import { decodeContent, isPart } from '../../common/content-part.ts';
import { userMessage } from '../../common/user-message.ts';
import { refusedItems } from '../tool-types/refused-types.ts';
import { itemDecoderOf, unsupported } from '../tool-types/registry.ts';
import type { MakeId } from '../tool-types/tool-type.ts';
import { toolNameOf } from '../tools/mcp-tools.ts';
import { calledName } from '../tools/tool-names.ts';
import { decodeAdditionalTools, decodeSearchOutput } from './added-tools.ts';

export interface InputOptions {
  /** Whether the input may be empty, since the request continues a response or a conversation. */
  mayBeEmpty: boolean;
  makeId?: (kind: IdKind) => string;
  /** The field that holds the items. */
  field?: string;
}

/**
 * The `input` of a request as items: text, or items in every form that clients send. Messages come without a type, calls without
 * id or status; content parts without a message make one message of the user.
 */
export function decodeInput(
  input: unknown,
  { mayBeEmpty, makeId = newId, field = 'input' }: InputOptions,
): InputItem[] {
  const nameItem = itemNamer(makeId);
  const path = [field];
  if (typeof input === 'string') {
    if (input === '' && !mayBeEmpty) throw refusal(path, 'must not be empty');
    return [userMessage(input, path, nameItem)];
  }
  if (!Array.isArray(input)) throw refusal(path, 'must be a string or an array of items');
  if (input.length === 0 && !mayBeEmpty) throw refusal(path, 'must not be empty');
  const items: InputItem[] = [];
  for (let index = 0; index < input.length;) {
    let end = index;
    while (end < input.length && isPart(input[end])) end++;
    if (end > index) {
      items.push(userMessage(input.slice(index, end), path, nameItem));
      index = end;
    } else {
      items.push(...decodeItem(input[index], [...path, index], nameItem));
      index++;
    }
  }
  return items;
}

const compactionTrigger = 'compaction_trigger';

/** Splits off the item at the end of an input with which a client has its context compacted instead of answered. */
export function splitTrigger(input: unknown): { input: unknown; compacts: boolean } {
  const last: unknown = Array.isArray(input) ? input.at(-1) : undefined;
  const compacts = Kind.safeParse(last).data?.type === compactionTrigger;
  return { input: compacts ? (input as unknown[]).slice(0, -1) : input, compacts };
}

/** Keeps the ids that callers send where they are valid and unique, since readers page by them. */
function itemNamer(makeId: (kind: IdKind) => string): MakeId {
  const taken = new Set<string>();
  return (kind, given) => {
    const id = given && given.length <= idLengthMax && !taken.has(given) ? given : makeId(kind);
    taken.add(id);
    return id;
  };
}

const idLengthMax = 128;

const Id = z.string().nullish();
const CallId = z.string().min(1).max(128);
const Name = z.string().min(1).max(128);

const Kind = z.object({ type: z.string().nullish() });
const Reference = z.object({
  id: z.string(),
  role: z.undefined().optional(),
  content: z.undefined().optional(),
});
const Message = z.object({
  id: Id,
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.unknown().optional(),
});
const FunctionCall = z.object({
  id: Id,
  call_id: CallId,
  name: Name,
  namespace: Name.nullish(),
  arguments: z.string(),
});
const FunctionCallOutput = z.object({ id: Id, call_id: CallId, output: z.unknown().optional() });
const McpCall = z.object({
  id: CallId,
  server_label: ServerLabel.catch(ownLabel),
  name: Name,
  arguments: z.string(),
  output: z.string().nullish(),
  error: z.unknown().optional(),
  approval_request_id: CallId.nullish(),
});
const ItemId = z.object({ id: z.string().min(1).max(idLengthMax) });
const Compaction = z.object({ id: Id, encrypted_content: z.string().min(1) });
const ApprovalRequest = z.object({
  id: CallId,
  server_label: ServerLabel,
  name: Name,
  arguments: z.string(),
});
const ApprovalResponse = z.object({
  id: Id,
  approval_request_id: CallId,
  approve: z.boolean(),
  reason: z.string().max(4096).nullish(),
});
const Thought = z.object({ text: z.string() });
const Reasoning = z.object({
  id: Id,
  encrypted_content: z.string().min(1).nullish(),
  summary: z.array(Thought).nullish(),
  content: z.array(Thought).nullish(),
});

/** One entry: an item or, for a tool that the server ran in an earlier turn, its call and its output. */
function decodeItem(value: unknown, path: RequestPath, makeId: MakeId): InputItem[] {
  const type = read(Kind, value, path).type ?? impliedType(value);
  switch (type) {
    case 'message': {
      const { id, role, content } = read(Message, value, path);
      const parts = decodeContent(content, [...path, 'content']);
      return [{ type, id: makeId('message', id), role, content: parts, status: 'completed' }];
    }
    case 'function_call': {
      const { id: given, call_id: callId, arguments: args, ...called } = read(FunctionCall, value, path);
      const id = makeId('functionCall', given);
      return [functionCall({ id, callId, ...calledName(called), arguments: args, executor: 'client' })];
    }
    case 'function_call_output': {
      const { id, call_id: callId, output } = read(FunctionCallOutput, value, path);
      const content = typeof output === 'string' ? output : decodeContent(output, [...path, 'output']);
      return [{ type, id: makeId('functionCallOutput', id), callId, output: content, status: 'completed' }];
    }
    case 'mcp_call': {
      const call = read(McpCall, value, path);
      const output = call.output ?? (call.error ? JSON.stringify(call.error) : '');
      return [
        {
          ...serverCall(call, { id: makeId('functionCall', call.id), state: 'done' }),
          approvalRequestId: call.approval_request_id ?? null,
        },
        {
          type: 'function_call_output',
          id: makeId('functionCallOutput'),
          callId: call.id,
          output,
          status: 'completed',
        },
      ];
    }
    case 'reasoning': {
      const { id, summary, content, encrypted_content: sealed } = read(Reasoning, value, path);
      const form = summary?.length ? { isSummary: true } : {};
      if (sealed) return [{ type: 'sealed_reasoning', id: makeId('reasoning', id), sealed, ...form }];
      const thoughts = summary?.length ? summary : (content ?? []);
      const text = thoughts.map((thought) => thought.text).join('\n\n');
      return [{ type, id: makeId('reasoning', id), text, status: 'completed', ...form }];
    }
    case 'mcp_approval_request': {
      const call = read(ApprovalRequest, value, path);
      return [serverCall(call, { id: makeId('functionCall', call.id), state: 'pending_approval' })];
    }
    case 'mcp_approval_response': {
      const {
        id,
        approval_request_id: approvalRequestId,
        approve,
        reason,
      } = read(ApprovalResponse, value, path);
      return [
        {
          type: 'approval_response',
          id: makeId('approvalResponse', id),
          approvalRequestId,
          approve,
          reason: reason ?? null,
          status: 'completed',
        },
      ];
    }
    case 'mcp_list_tools':
      // A list of tools that the client sends back is ignored: the run lists them itself.
      return [];
    case 'item_reference':
      return [{ type, id: read(ItemId, value, path).id }];
    case 'additional_tools':
      return decodeAdditionalTools(value, path, makeId);
    case 'tool_search_output':
      return decodeSearchOutput(value, path, makeId);
    case 'compaction': {
      const { id, encrypted_content: sealed } = read(Compaction, value, path);
      return [{ type: 'sealed_compaction', id: makeId('compaction', id), sealed }];
    }
    case compactionTrigger:
      throw refusal(path, 'must be the last item of the input of a response');
    default: {
      const decode = itemDecoderOf(type);
      if (!decode) throw refusal([...path, 'type'], unsupported(type, refusedItems));
      return decode(value, path, makeId);
    }
  }
}

/** Messages come without a type, and so do references, which have an id only. */
function impliedType(value: unknown): string {
  return Reference.safeParse(value).success ? 'item_reference' : 'message';
}

/** A call of a server's tool. Its id is also the call id that its output refers to. */
function serverCall(
  wire: { id: string; server_label: string; name: string; arguments: string },
  { id, state }: Pick<FunctionCallItem, 'id' | 'state'>,
): FunctionCallItem {
  const isOwn = wire.server_label === ownLabel;
  return functionCall({
    id,
    callId: wire.id,
    name: toolNameOf(wire),
    arguments: wire.arguments,
    executor: 'server',
    serverLabel: isOwn ? null : wire.server_label,
    serverToolName: isOwn ? null : wire.name,
    state,
  });
}
