import {
  AppError,
  type CallOrigin,
  type ContentPart,
  type ErrorInfo,
  functionCall,
  type FunctionCallItem,
  type IdKind,
  type Item,
  type MessageItem,
  type ModelDelta,
  type ReasoningItem,
  type ResponseEvent,
  textOf,
  type ThoughtOrigin,
} from '@antiphon/contracts';
import { wholeCallEvents } from './call-events.ts';
import type { CallStart } from './list-tools.ts';
import { refusedIfUseless } from './prepare-calls.ts';
import { textTokens } from './trim-context.ts';

export interface AnswerPlace {
  /** Where the answer's first item goes in the response's output. */
  firstIndex: number;
  depth: number;
  /** The calls that the response already has: a model may use a name again, and an output must find its own call. */
  takenCallIds: ReadonlySet<string>;
  startOf(name: string): CallStart;
  /** Calls beyond are taken for not made: not every provider keeps to one call a turn where it is asked to. */
  callsMax: number;
  newId(kind: IdKind): string;
  /** Left out where nobody asked for sealed thoughts. */
  seal?: (thought: Pick<ReasoningItem, 'text' | 'origin'>) => string;
}

/** How a model's answer ended. */
export type AnswerEnd = Extract<ModelDelta, { type: 'end' }>;

interface ItemDraft {
  index: number;
  id: string;
}

interface TextDraft extends ItemDraft {
  text: string;
}

interface ThoughtDraft extends TextDraft {
  origin?: ThoughtOrigin;
}

interface MessageDraft extends ItemDraft {
  /** In the order in which they were said: a text and a refusal are parts of their own. */
  content: (DraftPart<'text'> | DraftPart<'refusal'>)[];
}

type DraftPart<Type extends ContentPart['type']> = Extract<ContentPart, { type: Type }>;

interface CallDraft extends TextDraft {
  /** As it was added: empty. */
  item: FunctionCallItem;
  origin?: CallOrigin;
}

/** A call that its caller must approve. It has no place yet. */
type HeldCall = Pick<CallDraft, 'item' | 'text' | 'origin'>;

/**
 * The answer of one turn while it comes in: deltas are turned into events and added up. An answer has at most one message and one
 * reasoning item, and any number of calls; each has its place from its first piece on. Items are done together, at the end, so that a
 * turn is stored whole or not at all.
 *
 * What the caller is to approve is held back until it is whole, since half of a proposal is none: such calls come last.
 */
export class ModelAnswer {
  end: AnswerEnd | null = null;
  private events: ResponseEvent[] = [];
  private message: MessageDraft | null = null;
  private reasoning: ThoughtDraft | null = null;
  private calls: (CallDraft | HeldCall)[] = [];
  private callIds: Set<string>;
  private nextIndex: number;

  constructor(private readonly place: AnswerPlace) {
    this.nextIndex = place.firstIndex;
    this.callIds = new Set(place.takenCallIds);
  }

  /** Forgets everything that was said. Returns where its first item had its place, and has it again. */
  startOver(): number {
    this.end = null;
    this.events = [];
    this.message = null;
    this.reasoning = null;
    this.calls = [];
    this.callIds = new Set(this.place.takenCallIds);
    return (this.nextIndex = this.place.firstIndex);
  }

  /** Whether anything was said yet. */
  get hasBegun(): boolean {
    return this.message !== null || this.reasoning !== null || this.hasCalls;
  }

  /** The tokens that it has come to so far, by estimate. */
  get estimatedTokens(): { outputTokens: number; reasoningTokens: number } {
    const reasoningTokens = textTokens(this.reasoning?.text ?? '');
    const said = (this.message?.content ?? []).map((part) =>
      part.type === 'text' ? part.text : part.refusal,
    );
    const asked = this.calls.map(({ item, text }) => item.name + text);
    return { outputTokens: reasoningTokens + textTokens([...said, ...asked].join('')), reasoningTokens };
  }

  get hasCalls(): boolean {
    return this.calls.length > 0;
  }

  get hasServerCalls(): boolean {
    return this.calls.some((call) => call.item.executor === 'server');
  }

  /** What the answer says; null where it declines to. */
  get text(): string | null {
    const content = this.message?.content ?? [];
    return content.some(({ type }) => type === 'refusal') ? null : textOf(content);
  }

  /** The events since they were last taken. */
  takeEvents(): ResponseEvent[] {
    const events = this.events;
    this.events = [];
    return events;
  }

  /** Throws `model_error` where the deltas break their own order; what came before that counts. */
  add(deltas: readonly ModelDelta[]): void {
    for (const delta of deltas) {
      switch (delta.type) {
        case 'text': {
          if (delta.text === '') break;
          const draft = (this.message ??= this.addMessage());
          const part = lastText(draft);
          part.text += delta.text;
          if (delta.logprobs) (part.logprobs ??= []).push(...delta.logprobs);
          this.events.push({
            type: 'text.delta',
            index: draft.index,
            itemId: draft.id,
            delta: delta.text,
            ...(delta.logprobs && { logprobs: delta.logprobs }),
          });
          break;
        }
        case 'citation': {
          const draft = (this.message ??= this.addMessage());
          (lastText(draft).citations ??= []).push(delta.citation);
          const { index, id: itemId } = draft;
          this.events.push({ type: 'citation.added', index, itemId, citation: delta.citation });
          break;
        }
        case 'refusal': {
          if (delta.text === '') break;
          const draft = (this.message ??= this.addMessage());
          lastRefusal(draft).refusal += delta.text;
          this.events.push({
            type: 'refusal.delta',
            index: draft.index,
            itemId: draft.id,
            delta: delta.text,
          });
          break;
        }
        case 'reasoning': {
          if (delta.text === '') break;
          const draft = (this.reasoning ??= this.addReasoning());
          draft.text += delta.text;
          this.events.push({
            type: 'reasoning.delta',
            index: draft.index,
            itemId: draft.id,
            delta: delta.text,
          });
          break;
        }
        case 'reasoning_origin':
          (this.reasoning ??= this.addReasoning()).origin = delta.origin;
          break;
        case 'call_origin': {
          const draft = this.calls[delta.call];
          if (draft) draft.origin = delta.origin;
          break;
        }
        case 'call':
          if (delta.call >= this.place.callsMax) break;
          this.addCall(delta.call, delta.callId, delta.name);
          break;
        case 'arguments': {
          if (delta.call >= this.place.callsMax) break;
          const draft = this.calls[delta.call];
          if (!draft)
            throw new AppError('model_error', 'The model wrote arguments for a call that it did not begin.');
          if (delta.text === '') break;
          draft.text += delta.text;
          if (!('index' in draft)) break;
          this.events.push({
            type: 'arguments.delta',
            index: draft.index,
            itemId: draft.id,
            delta: delta.text,
          });
          break;
        }
        case 'end':
          this.end = delta;
          return;
      }
    }
  }

  /**
   * Ends the items that are open. A whole answer without a message and without calls gets an empty message, so that every completed
   * response has one. In an answer that is not whole (`cutShort` says why), no call is to be run. An answer without calls may be whole
   * and yet not be taken: `rejection` says why.
   */
  finish(cutShort: ErrorInfo | null, rejection: string | null = null): ResponseEvent[] {
    const status = cutShort ? 'incomplete' : 'completed';
    if (!cutShort && !this.message && !this.hasCalls) this.message = this.addMessage();
    const done: { index: number; item: Item }[] = [];
    if (this.reasoning) {
      const { index, id, text, origin } = this.reasoning;
      const thought = { text, ...(origin && { origin }) };
      const sealed = this.place.seal?.(thought);
      const item: Item = { type: 'reasoning', id, ...thought, status, ...(sealed && { sealed }) };
      done.push({ index, item });
    }
    if (this.message) {
      const item = messageItem(this.message, status);
      done.push({
        index: this.message.index,
        item: rejection === null ? item : { ...item, status: 'incomplete', rejection },
      });
    }
    const held: ResponseEvent[] = [];
    for (const draft of this.calls) {
      const { item, text, origin } = draft;
      const state = cutShort ? 'done' : item.state;
      const call: FunctionCallItem = {
        ...item,
        arguments: text,
        status,
        state,
        error: cutShort,
        ...(origin && { origin }),
      };
      if ('index' in draft) done.push({ index: draft.index, item: call });
      else held.push(...wholeCallEvents(this.nextIndex++, refusedIfUseless(call)));
    }
    done.sort((a, b) => a.index - b.index);
    return [
      ...this.takeEvents(),
      ...done.map(({ index, item }): ResponseEvent => ({ type: 'item.done', index, item })),
      ...held,
    ];
  }

  private addMessage(): MessageDraft {
    const draft: MessageDraft = { index: this.nextIndex++, id: this.place.newId('message'), content: [] };
    this.announce(draft.index, {
      type: 'message',
      id: draft.id,
      role: 'assistant',
      content: [],
      status: 'in_progress',
    });
    return draft;
  }

  private addReasoning(): ThoughtDraft {
    const draft = { index: this.nextIndex++, id: this.place.newId('reasoning'), text: '' };
    this.announce(draft.index, { type: 'reasoning', id: draft.id, text: '', status: 'in_progress' });
    return draft;
  }

  private addCall(call: number, callId: string, name: string): void {
    if (call !== this.calls.length)
      throw new AppError('model_error', 'The model began its calls out of order.');
    const ownCallId = this.callIds.has(callId) ? this.place.newId('call') : callId;
    this.callIds.add(ownCallId);
    const item = functionCall({
      id: this.place.newId('functionCall'),
      callId: ownCallId,
      name,
      status: 'in_progress',
      ...this.place.startOf(name),
      depth: this.place.depth,
    });
    if (item.state === 'pending_approval') {
      this.calls.push({ item, text: '' });
      return;
    }
    const draft = { index: this.nextIndex++, id: item.id, text: '', item };
    this.calls.push(draft);
    this.announce(draft.index, item);
  }

  private announce(index: number, item: Item): void {
    this.events.push({ type: 'item.added', index, item });
  }
}

/** The part that a message goes on with; another one where it has said something else since. */
function lastText({ content }: MessageDraft): DraftPart<'text'> {
  const last = content.at(-1);
  if (last?.type === 'text') return last;
  const part: DraftPart<'text'> = { type: 'text', text: '' };
  content.push(part);
  return part;
}

function lastRefusal({ content }: MessageDraft): DraftPart<'refusal'> {
  const last = content.at(-1);
  if (last?.type === 'refusal') return last;
  const part: DraftPart<'refusal'> = { type: 'refusal', refusal: '' };
  content.push(part);
  return part;
}

/** A message that says nothing has a part all the same, as clients expect. */
function messageItem({ id, content }: MessageDraft, status: MessageItem['status']): MessageItem {
  const parts: ContentPart[] = content.length > 0 ? content : [{ type: 'text', text: '' }];
  return { type: 'message', id, role: 'assistant', content: parts, status };
}
