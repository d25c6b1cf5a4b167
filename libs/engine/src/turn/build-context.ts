import {
  AppError,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  isRejected,
  type Item,
  type MessageItem,
  type ReasoningItem,
  type Response,
} from '@antiphon/contracts';
import { afterCompaction } from '../compaction/after-compaction.ts';
import { withoutRepeats } from './repeated-items.ts';
import { withNewestImages } from '../tools/tool-images.ts';
import { contextTokens, trimContext } from './trim-context.ts';

/**
 * The context of a turn: the history, the response's input, and its output so far, without unfinished items of an earlier attempt. A rejected
 * answer is followed by its fault. Throws `context_too_long` for a context that does not fit and must not be trimmed.
 */
export function buildContext(history: readonly Item[], response: Response, tokensMax: number): Item[] {
  const done = response.output.flatMap((item): Item[] => {
    if (isRejected(item)) {
      const said: MessageItem = { ...item, status: 'completed' };
      return item.rejection === '' ? [said] : [said, correction(item)];
    }
    return item.status === 'completed' ? [item] : [];
  });
  const units = contextUnits(withNewestImages([...history, ...response.input, ...done]));
  if (!response.keepsContext) return trimContext(units, response.instructions, tokensMax);
  const items = units.flat();
  const tokens = contextTokens(items, response.instructions);
  if (tokens > tokensMax) throw tooLong(tokens, tokensMax);
  return items;
}

function tooLong(tokens: number, tokensMax: number): AppError {
  return new AppError(
    'context_too_long',
    `The context has about ${tokens} tokens, and at most ${tokensMax} are allowed. Send less, or allow the oldest part to be dropped.`,
  );
}

/** A message of the user: many models accept no other role after the first messages. */
function correction({ id, rejection }: MessageItem & { rejection: string }): MessageItem {
  const text = `Your answer cannot be used: ${rejection}. Answer again, with the corrected answer and nothing else.`;
  return {
    type: 'message',
    id: `${id}_rejected`,
    role: 'user',
    content: [{ type: 'text', text }],
    status: 'completed',
  };
}

/**
 * Items in the order that providers take: calls that were made together are followed by their outputs, in the order of the calls. A call
 * without output and an output without call are left out: providers refuse them. So are lists of tools and approvals, which are not for
 * models, and repeated items. Each unit is kept or left out as a whole. Thoughts and text before calls belong to the unit of the calls, since some
 * providers refuse calls without the thought that led to them.
 */
export function contextUnits(given: readonly Item[]): Item[][] {
  const items = withoutRepeats(afterCompaction(given));
  const outputs = outputsOf(items);
  const units: Item[][] = [];
  let said: Item[] = [];
  let calls: FunctionCallItem[] = [];
  const endAnswer = () => {
    const answer = [...said, ...calls, ...calls.flatMap((call) => outputs.get(call) ?? [])];
    if (answer.length > 0) units.push(answer);
    said = [];
    calls = [];
  };
  for (const item of items) {
    switch (item.type) {
      case 'function_call':
        if (outputs.has(item)) calls.push(item);
        break;
      case 'reasoning':
        if (isEmpty(item)) break;
        // The outputs of calls come after the whole answer, so the items before them belong to the answer of the calls.
        if (calls.length === 0) endAnswer();
        said.push(withoutSeal(item));
        break;
      case 'message': {
        if (item.role !== 'assistant') {
          endAnswer();
          units.push([item]);
          break;
        }
        const place = said.findIndex(({ type }) => type === 'message');
        const before = said[place];
        if (before?.type === 'message' && calls.length > 0) {
          said[place] = { ...before, content: [...before.content, ...withoutImages(item).content] };
          break;
        }
        if (before) endAnswer();
        said.push(withoutImages(item));
        break;
      }
      case 'function_call_output':
        if (calls.length > 0) endAnswer();
        break;
      case 'mcp_list_tools':
      case 'additional_tools':
      case 'approval_response':
      case 'compaction':
        break;
    }
  }
  endAnswer();
  return units;
}

/**
 * Replaces images that a model made by a note: chat completions accept none in assistant messages, and a few would exceed the size of a
 * request.
 */
function withoutImages(message: MessageItem): MessageItem {
  if (message.content.every(({ type }) => type !== 'image')) return message;
  const content = message.content.map((part) =>
    part.type === 'image' ? { type: 'text' as const, text: '[image]' } : part,
  );
  return { ...message, content };
}

/** Whether a thought has nothing for a model: it only brought the origins of calls to the caller, sealed. */
function isEmpty({ text, origin }: ReasoningItem): boolean {
  return text === '' && !origin?.details?.length;
}

/** A thought without its sealed form, which only the caller uses. */
function withoutSeal({ sealed: _sealed, ...thought }: ReasoningItem): ReasoningItem {
  return thought;
}

/** Each call's output: the first after it with its `callId`. One id may occur again in a later response of the conversation. */
function outputsOf(items: readonly Item[]): Map<FunctionCallItem, FunctionCallOutputItem> {
  const open = new Map<string, FunctionCallItem>();
  const outputs = new Map<FunctionCallItem, FunctionCallOutputItem>();
  for (const item of items) {
    if (item.type === 'function_call') open.set(item.callId, item);
    if (item.type !== 'function_call_output') continue;
    const call = open.get(item.callId);
    if (!call) continue;
    outputs.set(call, item);
    open.delete(item.callId);
  }
  return outputs;
}
