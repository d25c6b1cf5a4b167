import type {
  Citation,
  ContentPart,
  DeltaEvent,
  FunctionCallItem,
  FunctionCallOutputItem,
  Item,
  McpListToolsItem,
  MessageItem,
  ReasoningItem,
  TokenLogprob,
} from '@antiphon/contracts';
import {
  encodeApprovalRequest,
  encodeCitation,
  encodeItem,
  encodeLogprobs,
  encodePart,
  encodeServerCall,
} from '../items/encode-items.ts';

export type Emit = (type: string, fields: Record<string, unknown>) => void;

/** An item whose events are being written. Methods that may end it say whether it is done. */
export interface OpenItem {
  delta(kind: DeltaEvent['type'], text: string, logprobs?: TokenLogprob[]): void;
  /** What was said so far goes back to a page. */
  cite?(citation: Citation): void;
  /** The item is whole, or a call that is whole moved on. */
  finish(item: Item): boolean;
  /** The output of a tool that we ran. */
  answer?(output: Item): boolean;
  /** The response ended: the item is done as it stands. */
  close(item: Item, output: FunctionCallOutputItem | undefined): void;
}

/** Opens an item on the stream. */
export function announceItem(emit: Emit, item: Item, outputIndex: number): OpenItem {
  switch (item.type) {
    case 'message':
      return announceMessage(emit, item, outputIndex);
    case 'reasoning':
      return announceReasoning(emit, item, outputIndex);
    case 'function_call':
      if (item.executor === 'client') return announceFunctionCall(emit, item, outputIndex);
      return item.state === 'pending_approval'
        ? announceApprovalRequest(emit, outputIndex)
        : announceServerCall(emit, item, outputIndex);
    case 'mcp_list_tools':
      return announceListedTools(emit, item, outputIndex);
    case 'function_call_output':
    case 'approval_response':
      return announceWhole(emit, item, outputIndex);
  }
}

/** What is left to say of a text that was told up to here. The finished text has the last word where it went another way. */
function restOf(text: string, told: string): string {
  return text.startsWith(told) ? text.slice(told.length) : '';
}

function announceMessage(emit: Emit, message: MessageItem, outputIndex: number): OpenItem {
  const itemId = message.id;
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...message, content: [], status: 'in_progress' }),
  });
  /** Parts that began; all but the last are done. */
  const parts: SpokenPart[] = [];

  const place = () => ({ item_id: itemId, output_index: outputIndex, content_index: parts.length - 1 });

  const beginPart = (type: SpokenPart['type']): SpokenPart => {
    const part: SpokenPart = { type, text: '', logprobs: [], citations: [], isDone: false };
    parts.push(part);
    emit('response.content_part.added', { ...place(), part: encodePart(asContent(part), 'assistant') });
    return part;
  };
  const say = (part: SpokenPart, text: string, logprobs: TokenLogprob[] = []): void => {
    if (text === '') return;
    part.text += text;
    part.logprobs.push(...logprobs);
    if (part.type === 'text')
      emit('response.output_text.delta', {
        ...place(),
        delta: text,
        logprobs: encodeLogprobs(logprobs),
      });
    else emit('response.refusal.delta', { ...place(), delta: text });
  };
  const mention = (part: SpokenPart, citation: Citation): void => {
    emit('response.output_text.annotation.added', {
      ...place(),
      annotation_index: part.citations.length,
      annotation: encodeCitation(citation),
    });
    part.citations.push(citation);
  };
  const endPart = (part: SpokenPart, final: string, citations: readonly Citation[] = []): void => {
    say(part, restOf(final, part.text));
    for (const citation of citations.slice(part.citations.length)) mention(part, citation);
    part.text = final;
    part.isDone = true;
    if (part.type === 'text')
      emit('response.output_text.done', {
        ...place(),
        text: final,
        logprobs: encodeLogprobs(part.logprobs),
      });
    else emit('response.refusal.done', { ...place(), refusal: final });
    emit('response.content_part.done', { ...place(), part: encodePart(asContent(part), 'assistant') });
  };

  /** A part without deltas, such as an image. */
  const showWhole = (part: ContentPart, contentIndex: number): void => {
    const shown = { ...place(), content_index: contentIndex, part: encodePart(part, 'assistant') };
    emit('response.content_part.added', shown);
    emit('response.content_part.done', shown);
  };

  const finish = (item: Item): boolean => {
    const content = item.type === 'message' ? item.content : [];
    for (const [index, final] of content.entries()) {
      if (final.type !== 'text' && final.type !== 'refusal') {
        showWhole(final, index);
        continue;
      }
      const told = parts[index];
      if (told?.isDone) continue;
      const part = told ?? beginPart(final.type);
      if (final.type === 'text') endPart(part, final.text, final.citations);
      else endPart(part, final.refusal);
    }
    const last = parts.at(-1);
    if (last && !last.isDone) endPart(last, last.text);
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };

  return {
    delta(kind, text, logprobs) {
      const type = kind === 'refusal.delta' ? 'refusal' : 'text';
      const last = parts.at(-1);
      if (last?.type === type) return say(last, text, logprobs);
      if (last) endPart(last, last.text);
      say(beginPart(type), text, logprobs);
    },
    cite(citation) {
      const last = parts.at(-1);
      if (last?.type === 'text') return mention(last, citation);
      if (last) endPart(last, last.text);
      mention(beginPart('text'), citation);
    },
    finish,
    close: finish,
  };
}

interface SpokenPart {
  type: 'text' | 'refusal';
  text: string;
  logprobs: TokenLogprob[];
  citations: Citation[];
  isDone: boolean;
}

function asContent({ type, text, logprobs, citations }: SpokenPart): ContentPart {
  return type === 'text' ? { type, text, logprobs, citations } : { type, refusal: text };
}

/** A thought in the clear is a content part; a summary has events of its own. */
function announceReasoning(emit: Emit, reasoning: ReasoningItem, outputIndex: number): OpenItem {
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...reasoning, text: '', status: 'in_progress' }),
  });
  const ofItem = { item_id: reasoning.id, output_index: outputIndex };
  const { place, part, partName, textName } = reasoning.isSummary
    ? {
        place: { ...ofItem, summary_index: 0 },
        part: 'summary_text',
        partName: 'response.reasoning_summary_part',
        textName: 'response.reasoning_summary_text',
      }
    : {
        place: { ...ofItem, content_index: 0 },
        part: 'reasoning_text',
        partName: 'response.content_part',
        textName: 'response.reasoning_text',
      };
  let told: string | null = null;

  const say = (text: string): void => {
    if (text === '') return;
    if (told === null) emit(`${partName}.added`, { ...place, part: { type: part, text: '' } });
    told = (told ?? '') + text;
    emit(`${textName}.delta`, { ...place, delta: text });
  };
  const finish = (item: Item): boolean => {
    const text = item.type === 'reasoning' ? item.text : '';
    say(restOf(text, told ?? ''));
    if (told !== null) {
      emit(`${textName}.done`, { ...place, text });
      emit(`${partName}.done`, { ...place, part: { type: part, text } });
    }
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };

  return { delta: (_kind, text) => say(text), finish, close: finish };
}

/** A call of the caller's own function: done when its arguments are. */
function announceFunctionCall(emit: Emit, call: FunctionCallItem, outputIndex: number): OpenItem {
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...call, arguments: '', status: 'in_progress' }),
  });
  const place = { item_id: call.id, output_index: outputIndex };
  let told = '';

  const say = (text: string): void => {
    if (text === '') return;
    told += text;
    emit('response.function_call_arguments.delta', { ...place, delta: text });
  };
  const finish = (item: Item): boolean => {
    const final = item.type === 'function_call' ? item.arguments : told;
    say(restOf(final, told));
    emit('response.function_call_arguments.done', { ...place, name: call.name, arguments: final });
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };

  return { delta: (_kind, text) => say(text), finish, close: finish };
}

/** A call of a server's tool: done when the tool came back and its output is there, or when it is certain that it will not run. */
function announceServerCall(emit: Emit, begun: FunctionCallItem, outputIndex: number): OpenItem {
  const place = { item_id: begun.id, output_index: outputIndex };
  let call: FunctionCallItem = { ...begun, arguments: '' };
  let output: FunctionCallOutputItem | undefined;
  let haveArgumentsEnded = false;

  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeServerCall(call, { output, isOver: false }),
  });
  emit('response.mcp_call.in_progress', place);

  const say = (text: string): void => {
    if (text === '') return;
    call = { ...call, arguments: call.arguments + text };
    emit('response.mcp_call_arguments.delta', { ...place, delta: text });
  };
  const learn = (item: Item): void => {
    if (item.type !== 'function_call') return;
    if (!haveArgumentsEnded) {
      haveArgumentsEnded = true;
      say(restOf(item.arguments, call.arguments));
      emit('response.mcp_call_arguments.done', { ...place, arguments: item.arguments });
    }
    call = item;
  };
  const end = (): void => {
    const item = encodeServerCall(call, { output, isOver: true });
    if (item.status !== 'incomplete') emit(`response.mcp_call.${item.status}`, place);
    emit('response.output_item.done', { output_index: outputIndex, item });
  };
  const endIfSettled = (): boolean => {
    const isSettled = call.status === 'incomplete' || (output !== undefined && call.state === 'done');
    if (isSettled) end();
    return isSettled;
  };

  return {
    delta: (_kind, text) => say(text),
    finish(item) {
      learn(item);
      return endIfSettled();
    },
    answer(item) {
      if (item.type === 'function_call_output') output = item;
      return endIfSettled();
    },
    close(item, answer) {
      learn(item);
      output ??= answer;
      end();
    },
  };
}

/** A call that waits for its caller's approval is told when it is whole: the events of one come together. */
function announceApprovalRequest(emit: Emit, outputIndex: number): OpenItem {
  const finish = (call: Item): boolean => {
    if (call.type !== 'function_call') return false;
    const item = encodeApprovalRequest(call);
    emit('response.output_item.added', { output_index: outputIndex, item });
    emit('response.output_item.done', { output_index: outputIndex, item });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}

function announceListedTools(emit: Emit, begun: McpListToolsItem, outputIndex: number): OpenItem {
  const place = { item_id: begun.id, output_index: outputIndex };
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...begun, tools: [] }),
  });
  emit('response.mcp_list_tools.in_progress', place);
  const finish = (item: Item): boolean => {
    const isListed = item.type === 'mcp_list_tools' && item.status === 'completed' && item.error === null;
    emit(`response.mcp_list_tools.${isListed ? 'completed' : 'failed'}`, place);
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}

/** An item that has no deltas: it begins as it is told, and ends whole. */
function announceWhole(emit: Emit, begun: Item, outputIndex: number): OpenItem {
  emit('response.output_item.added', { output_index: outputIndex, item: encodeItem(begun) });
  const finish = (item: Item): boolean => {
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}
