import {
  AppError,
  type CallOrigin,
  type Citation,
  type DeltaEvent,
  type ErrorInfo,
  functionCall,
  type FunctionCallItem,
  type Item,
  type ModelDelta,
  type ResponseEvent,
  textOf,
  type ThoughtOrigin,
  type TokenLogprob,
} from '@antiphon/contracts';
import {
  type AnswerPlace,
  type CallDelta,
  type CallDraft,
  callItem,
  checkedCall,
  type Draft,
  estimatedTokensOf,
  finishedItem,
  isWhole,
  type HeldCall,
  type ItemDraft,
  lastRefusal,
  lastText,
  type MessageDraft,
  noRejections,
  originIn,
  type Rejections,
  summaryMark,
  type ThoughtDraft,
  withoutDetails,
} from './answer-drafts.ts';
import { wholeCallEvents } from '../tools/call-events.ts';
import { CitationMarks, citedPlace, type MarkedPiece } from './citation-marks.ts';
import { type HostedDraft, begunHostedCall, hostedEvents, type HostedPlace } from './hosted-calls.ts';
import { JsonProgress } from './json-progress.ts';

/** How a model's answer ended. */
export type AnswerEnd = Extract<ModelDelta, { type: 'end' }>;

/**
 * The answer of one turn as it arrives: turns deltas into events and collects them into items. Items are in the order in which the model
 * began them, and keep their index. A thought or a message is done when the next item begins, so an answer that alternates between both has
 * several of each. A call is done once the next item has begun and its arguments are a whole JSON value; some providers interleave the
 * arguments of parallel calls. Everything else is done at the end.
 *
 * Calls that need the caller's approval or a check are held back until they are whole, and come last: a part of a call cannot be approved.
 *
 * Marks of sources in the text become citations.
 */
export class ModelAnswer {
  end: AnswerEnd | null = null;
  private events: ResponseEvent[] = [];
  /** In the order of their places. */
  private drafts: Draft[] = [];
  /** The message or the thought that the model is writing. */
  private open: MessageDraft | ThoughtDraft | null = null;
  private calls: (CallDraft | HeldCall)[] = [];
  /** The calls that the provider runs itself. */
  private hosted: HostedDraft[] = [];
  /** Those that a thought has. */
  private readonly sealedOrigins = new WeakSet<CallOrigin>();
  private callIds: Set<string>;
  private nextIndex: number;
  /** White space outside a message. It begins the next message and makes none by itself. */
  private space = '';
  private spaceLogprobs: TokenLogprob[] = [];
  private marks: CitationMarks;
  private readonly hostedPlace: HostedPlace & { takeIndex(): number };

  constructor(private readonly place: AnswerPlace) {
    this.nextIndex = place.firstIndex;
    this.callIds = new Set(place.takenCallIds);
    this.marks = new CitationMarks(place.sources);
    this.hostedPlace = { ...place, takeIndex: () => this.nextIndex++ };
  }

  /** Discards the answer. Returns the index of its first item, where the next attempt starts. */
  startOver(): number {
    this.end = null;
    this.events = [];
    this.drafts = [];
    this.open = null;
    this.calls = [];
    this.hosted = [];
    this.space = '';
    this.spaceLogprobs = [];
    this.marks = new CitationMarks(this.place.sources);
    this.callIds = new Set(this.place.takenCallIds);
    return (this.nextIndex = this.place.firstIndex);
  }

  /** Whether any content has arrived. */
  get hasBegun(): boolean {
    return this.drafts.length > 0 || this.space !== '' || this.hasCalls;
  }

  /** The estimated tokens so far. */
  get estimatedTokens(): { outputTokens: number; reasoningTokens: number } {
    return estimatedTokensOf(this.drafts, this.calls);
  }

  get hasCalls(): boolean {
    return this.calls.length > 0;
  }

  get hasServerCalls(): boolean {
    return this.calls.some((call) => call.item.executor === 'server');
  }

  /** The whole calls that the caller has not seen. */
  get heldCalls(): Pick<FunctionCallItem, 'callId' | 'name' | 'arguments'>[] {
    return this.calls.flatMap((call) => ('index' in call ? [] : [{ ...call.item, arguments: call.text }]));
  }

  /** The text of the answer; null for a refusal. */
  get text(): string | null {
    const content = this.messages().flatMap((message) => message.content);
    return content.some(({ type }) => type === 'refusal') ? null : textOf(content);
  }

  /** The events since they were last taken. */
  takeEvents(): ResponseEvent[] {
    return this.events.splice(0);
  }

  /** Throws `model_error` for deltas in an impossible order; the deltas before them count. */
  add(deltas: readonly ModelDelta[]): void {
    for (const delta of deltas) {
      if (delta.type !== 'text') this.addRestOfText();
      switch (delta.type) {
        case 'text':
          this.addMarkedText(this.marks.read(delta.text), delta.logprobs);
          if (delta.images) this.openMessage().images.push(...delta.images);
          break;
        case 'citation':
          this.cite(delta.citation);
          break;
        case 'refusal': {
          if (delta.text === '') break;
          const draft = this.openMessage();
          lastRefusal(draft).refusal += delta.text;
          this.extend('refusal.delta', draft, delta.text);
          break;
        }
        case 'reasoning': {
          if (delta.text === '') break;
          const draft = this.openThought();
          draft.text += delta.text;
          this.extend('reasoning.delta', draft, delta.text);
          break;
        }
        case 'reasoning_origin':
          this.addThoughtOrigin(delta.origin);
          break;
        case 'call_origin': {
          const draft = this.calls[delta.call];
          if (!draft) break;
          draft.origin = delta.origin;
          if ('isDone' in draft) draft.isStale = draft.isDone;
          break;
        }
        case 'call':
          if (delta.call >= this.place.callsMax) break;
          this.addCall(delta, originIn(deltas, delta.call));
          break;
        case 'arguments':
          if (delta.call >= this.place.callsMax || delta.text === '') break;
          this.addArguments(delta.call, delta.text);
          break;
        case 'hosted_call':
          this.hosted.push(
            this.begin(...begunHostedCall({ ...delta, callId: this.ownCallId(delta.callId) }, this.place)),
          );
          break;
        case 'hosted_arguments':
        case 'hosted_progress':
        case 'hosted_result':
          this.events.push(...hostedEvents(this.hosted[delta.call], delta, this.hostedPlace));
          break;
        case 'end':
          this.end = delta;
          return;
      }
    }
  }

  /**
   * Ends the open items. A whole answer without message and calls gets an empty message, so that every completed response has one. `cutShort`
   * is the error of an answer that is not whole; its calls do not run. A rejected call is the server's, which answers it with the fault.
   */
  finish(
    cutShort: ErrorInfo | null,
    { complaint: rejection, calls: rejectedCalls }: Rejections = noRejections,
  ): ResponseEvent[] {
    this.addRestOfText();
    const hasMessage = this.messages().length > 0;
    if (!hasMessage && !this.hasCalls && this.end?.finishReason !== 'pause') {
      if (this.space !== '') this.sayInMessage('', []);
      else if (!cutShort) this.openMessage();
    }
    if (!cutShort) for (const { item, origin } of this.calls) this.sealOrigin(item, origin);
    const rejected = rejection === null ? [] : this.messages();
    const lastRejected = rejected.at(-1);
    for (const draft of this.drafts) {
      const isCutCall = draft.type === 'function_call' && cutShort !== null;
      const isRejected = draft.type === 'message' && rejected.includes(draft);
      if (draft.isDone && !draft.isStale && !isCutCall && !isRejected) continue;
      const status = cutShort && !draft.isDone ? 'incomplete' : 'completed';
      let item = finishedItem(draft, { status, cutShort }, this.place);
      if (isRejected && item.type === 'message')
        item = { ...item, status: 'incomplete', rejection: draft === lastRejected ? (rejection ?? '') : '' };
      const { index } = draft;
      this.events.push(
        draft.isDone ? { type: 'item.changed', index, item } : { type: 'item.done', index, item },
      );
      draft.isDone = true;
    }
    for (const draft of this.calls) {
      if ('index' in draft) continue;
      const call = callItem(draft, cutShort ? 'incomplete' : 'completed', cutShort);
      const asked = checkedCall(call, rejectedCalls.get(call.callId));
      this.events.push(...wholeCallEvents(this.nextIndex++, asked));
    }
    return this.takeEvents();
  }

  private addMarkedText(pieces: readonly MarkedPiece[], logprobs: TokenLogprob[] = []): void {
    let rest = logprobs;
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        this.addText(piece, rest);
        rest = [];
      } else {
        const { text } = lastText(this.openMessage());
        this.cite({ ...piece, ...citedPlace(text) });
      }
    }
  }

  /** Text that may have been the beginning of a mark. */
  private addRestOfText(): void {
    this.addMarkedText(this.marks.rest());
  }

  private cite(citation: Citation): void {
    const draft = this.openMessage();
    (lastText(draft).citations ??= []).push(citation);
    const { index, id: itemId } = draft;
    this.events.push({ type: 'citation.added', index, itemId, citation });
  }

  private addText(text: string, logprobs: TokenLogprob[] = []): void {
    if (text === '') return;
    if (text.trim() !== '' || this.open?.type === 'message') return this.sayInMessage(text, logprobs);
    this.space += text;
    this.spaceLogprobs.push(...logprobs);
  }

  private sayInMessage(text: string, logprobs: readonly TokenLogprob[]): void {
    const draft = this.openMessage();
    const part = lastText(draft);
    const delta = this.space + text;
    const allLogprobs = [...this.spaceLogprobs, ...logprobs];
    this.space = '';
    this.spaceLogprobs = [];
    part.text += delta;
    if (allLogprobs.length > 0) (part.logprobs ??= []).push(...allLogprobs);
    this.extend('text.delta', draft, delta, allLogprobs);
  }

  /** Providers repeat the whole origin each time, and may extend it after the thought has ended. */
  private addThoughtOrigin(origin: ThoughtOrigin): void {
    const last = this.drafts.findLast((draft) => draft.type === 'reasoning');
    // The caller already has the sealed form of a done thought, so later details belong to a new one.
    const isTooLate = last?.isDone && this.place.seal && origin.details;
    const draft = last && !isTooLate ? last : this.openThought();
    draft.origin = origin;
    draft.isStale = draft.isDone;
  }

  private addArguments(call: number, text: string): void {
    const draft = this.calls[call];
    if (!draft)
      throw new AppError('model_error', 'The model wrote arguments for a call that it had not started.');
    if (!('index' in draft)) {
      draft.text += text;
      return;
    }
    const isInOrder = draft.arguments.add(text);
    if (draft.isDone) {
      if (!isInOrder)
        throw new AppError('model_error', 'The model wrote text after the arguments of a call.');
      return;
    }
    draft.text += text;
    this.extend('arguments.delta', draft, text);
    if (draft.arguments.isWhole && isInOrder && draft !== this.drafts.at(-1)) this.close(draft);
  }

  private addCall({ call, callId, name }: CallDelta, origin?: CallOrigin): void {
    if (call !== this.calls.length)
      throw new AppError('model_error', 'The model started its calls out of order.');
    const item = functionCall({
      id: this.place.newId('functionCall'),
      callId: this.ownCallId(callId),
      name,
      status: 'in_progress',
      ...this.place.startOf(name),
      depth: this.place.depth,
    });
    this.sealOrigin(item, origin);
    if (item.state === 'pending_approval' || this.place.isChecked(name)) {
      this.calls.push({ item, text: '' });
      return;
    }
    const draft = this.begin<CallDraft>(
      { type: 'function_call', item, text: '', arguments: new JsonProgress() },
      item,
    );
    this.calls.push(draft);
  }

  /** Seals the provider's data of a call in a thought: before the call where the data comes with its beginning, else after it. */
  private sealOrigin({ id, callId }: FunctionCallItem, origin: CallOrigin | undefined): void {
    const isNew = origin && Object.keys(origin.extraContent).length > 0 && !this.sealedOrigins.has(origin);
    if (!this.place.seal || !isNew) return;
    const thought = this.openThought();
    thought.origin ??= { provider: origin.provider };
    thought.calls.push({ id, callId, origin });
    this.sealedOrigins.add(origin);
  }

  /** A model may repeat the id of an earlier call. */
  private ownCallId(callId: string): string {
    const own = this.callIds.has(callId) ? this.place.newId('call') : callId;
    this.callIds.add(own);
    return own;
  }

  private openMessage(): MessageDraft {
    if (this.open?.type === 'message') return this.open;
    const id = this.place.newId('message');
    const draft = this.begin<MessageDraft>(
      { type: 'message', content: [], images: [] },
      { type: 'message', id, role: 'assistant', content: [], status: 'in_progress' },
    );
    this.open = draft;
    return draft;
  }

  private openThought(): ThoughtDraft {
    if (this.open?.type === 'reasoning') return this.open;
    const before = this.drafts.findLast((draft) => draft.type === 'reasoning')?.origin;
    const origin = before && withoutDetails(before);
    const id = this.place.newId('reasoning');
    const draft = this.begin<ThoughtDraft>(
      { type: 'reasoning', text: '', calls: [], ...(origin && { origin }) },
      { type: 'reasoning', id, text: '', status: 'in_progress', ...summaryMark(this.place) },
    );
    this.open = draft;
    return draft;
  }

  /** Starts an item, and ends the earlier items that are whole. */
  private begin<Kind extends Draft>(fields: Omit<Kind, keyof ItemDraft>, item: Item): Kind {
    for (const draft of this.drafts) if (!draft.isDone && isWhole(draft)) this.close(draft);
    this.open = null;
    const index = this.nextIndex++;
    const draft = { ...fields, index, id: item.id, isDone: false, isStale: false } as Kind; // `fields` has the rest of its fields
    this.drafts.push(draft);
    this.events.push({ type: 'item.added', index, item });
    return draft;
  }

  private close(draft: Draft): void {
    draft.isDone = true;
    const item = finishedItem(draft, { status: 'completed', cutShort: null }, this.place);
    this.events.push({ type: 'item.done', index: draft.index, item, isTurnOpen: true });
  }

  private messages(): MessageDraft[] {
    return this.drafts.filter((draft) => draft.type === 'message');
  }

  private extend(
    type: DeltaEvent['type'],
    { index, id: itemId }: ItemDraft,
    delta: string,
    logprobs: TokenLogprob[] = [],
  ): void {
    this.events.push({ type, index, itemId, delta, ...(logprobs.length > 0 && { logprobs }) });
  }
}
