import { functionCall, newId, type FunctionCallItem, type IdKind, type Item } from '@antiphon/contracts';
import { z } from 'zod';
import { decodeContent, isPart } from '../content-part.ts';
import { quote, read, refusal, type Path } from '../read.ts';

export interface InputOptions {
  /** Whether there is something to answer without it: an earlier response, a conversation. */
  mayBeEmpty: boolean;
  makeId?: (kind: IdKind) => string;
}

type MakeId = (kind: IdKind, given?: string | null) => string;

/**
 * The `input` of a request as items: text, or items in every spelling that clients send. Messages come without a type, calls without
 * id or status; content parts that stand alone make one message of the user.
 */
export function decodeInput(input: unknown, { mayBeEmpty, makeId = newId }: InputOptions): Item[] {
  const nameItem = itemNamer(makeId);
  if (typeof input === 'string') {
    if (input === '' && !mayBeEmpty) throw refusal(['input'], 'must not be empty');
    return [userMessage(input, ['input'], nameItem)];
  }
  if (!Array.isArray(input)) throw refusal(['input'], 'must be a string or an array of items');
  if (input.length === 0 && !mayBeEmpty) throw refusal(['input'], 'must not be empty');
  const items: Item[] = [];
  for (let index = 0; index < input.length;) {
    let end = index;
    while (end < input.length && isPart(input[end])) end++;
    if (end > index) {
      items.push(userMessage(input.slice(index, end), ['input'], nameItem));
      index = end;
    } else {
      items.push(...decodeItem(input[index], ['input', index], nameItem));
      index++;
    }
  }
  return items;
}

/** Keeps the ids that callers send, where they are ids and not yet taken: readers page by them. */
function itemNamer(makeId: (kind: IdKind) => string): MakeId {
  const taken = new Set<string>();
  return (kind, given) => {
    const id = given && given.length <= idLengthMax && !taken.has(given) ? given : makeId(kind);
    taken.add(id);
    return id;
  };
}

const idLengthMax = 128;

function userMessage(content: unknown, path: Path, makeId: MakeId): Item {
  return {
    type: 'message',
    id: makeId('message'),
    role: 'user',
    content: decodeContent(content, path),
    status: 'completed',
  };
}

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
const FunctionCall = z.object({ id: Id, call_id: CallId, name: Name, arguments: z.string() });
const FunctionCallOutput = z.object({ id: Id, call_id: CallId, output: z.unknown().optional() });
const McpCall = z.object({
  id: CallId,
  name: Name,
  arguments: z.string(),
  output: z.string().nullish(),
  error: z.unknown().optional(),
});
const Thought = z.object({ text: z.string() });
const Reasoning = z.object({
  id: Id,
  summary: z.array(Thought).nullish(),
  content: z.array(Thought).nullish(),
});

/** One entry: an item or, for a tool that the server ran in an earlier turn, its call and its output. */
function decodeItem(value: unknown, path: Path, makeId: MakeId): Item[] {
  const type = read(Kind, value, path).type ?? impliedType(value);
  switch (type) {
    case 'message': {
      const { id, role, content } = read(Message, value, path);
      const parts = decodeContent(content, [...path, 'content']);
      return [{ type, id: makeId('message', id), role, content: parts, status: 'completed' }];
    }
    case 'function_call': {
      const call = read(FunctionCall, value, path);
      return [
        pastCall({ ...call, id: makeId('functionCall', call.id), callId: call.call_id, executor: 'client' }),
      ];
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
        pastCall({ ...call, id: makeId('functionCall', call.id), callId: call.id, executor: 'server' }),
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
      const { id, summary, content } = read(Reasoning, value, path);
      const thoughts = summary?.length ? summary : (content ?? []);
      const text = thoughts.map((thought) => thought.text).join('\n\n');
      return [{ type, id: makeId('reasoning', id), text, status: 'completed' }];
    }
    case 'mcp_list_tools':
      return [];
    case 'item_reference':
      throw refusal(
        path,
        'is an item_reference, which is not supported by this server; send the item itself or continue with previous_response_id',
      );
    default:
      throw refusal([...path, 'type'], `${quote(type)} is not supported by this server`);
  }
}

/** Messages come without a type, and so do references, which are nothing but an id. */
function impliedType(value: unknown): string {
  return Reference.safeParse(value).success ? 'item_reference' : 'message';
}

function pastCall(
  call: Pick<FunctionCallItem, 'id' | 'callId' | 'name' | 'arguments' | 'executor'>,
): FunctionCallItem {
  return functionCall({
    id: call.id,
    callId: call.callId,
    name: call.name,
    arguments: call.arguments,
    executor: call.executor,
  });
}
