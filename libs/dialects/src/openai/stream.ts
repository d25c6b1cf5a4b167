import {
  type CitationEvent,
  type DeltaEvent,
  type FunctionCallItem,
  type Item,
  type ItemAddedEvent,
  type ItemChangedEvent,
  type ItemDoneEvent,
  type LifecycleEvent,
  type Response,
  type ResponseEvent,
  wasDecidedInPlace,
} from '@antiphon/contracts';
import { pairOutputs } from '../common/call-outputs.ts';
import type { StreamEncoder } from '../dialect.ts';
import { failureOf } from '../common/failed-run.ts';
import { encodeResponse, staysOpen } from './encode.ts';
import { encodeStreamError } from './errors.ts';
import { ItemLine } from '../common/stream/item-line.ts';
import { decidedCall, hasOutputInside, isRejectedCall } from './items/encode-items.ts';
import { announceItem } from './stream/announce-item.ts';
import type { Emit } from '../common/stream/open-item.ts';

/**
 * The events of the Open Responses specification. Each item of the wire has its own gapless `output_index`, in the order items begin,
 * and is done before the next one begins. The output of a server tool is not an item, unless its type has one for it: it finishes the item of
 * its call, which stays open until its output arrives. A failure is an `error` event, then `response.failed`.
 */
export function openStream(startingAfter = -1): StreamEncoder {
  const stream = new OpenaiStream({ startingAfter, hasErrorEvent: true });
  return (event) => {
    if (stream.hasEnded) return [];
    const frames = stream.encode(event).map(({ type, data }) => `event: ${type}\ndata: ${data}\n\n`);
    if (stream.hasEnded) frames.push(doneFrame);
    return frames;
  };
}

const doneFrame = 'data: [DONE]\n\n';

/**
 * The same events without frames: one JSON text each, and no end mark. A failure is `response.failed` alone: on a socket, clients
 * treat an `error` as the end of the turn, and would read the event after it as the answer to their next turn.
 */
export function openMessages(): StreamEncoder {
  const stream = new OpenaiStream({ startingAfter: -1, hasErrorEvent: false });
  return (event) => stream.encode(event).map(({ data }) => data);
}

interface WireEvent {
  type: string;
  /** The whole event as JSON, its type included. */
  data: string;
}

class OpenaiStream {
  hasEnded = false;
  private sequenceNumber = 0;
  private events: WireEvent[] = [];
  /** How many items of the response's output have begun, including those that have no place on the wire. */
  private itemsBegun = 0;
  private nextOutputIndex = 0;
  private isRebuilt = false;
  /** The optional parts of items that the request asks for. */
  private include: readonly string[] = [];
  /** Items that are not done, by their place in the response's output. */
  private readonly line = new ItemLine();
  /** The calls of server tools and their places, by the call id that an output refers to. */
  private readonly serverCalls = new Map<string, { index: number; call: FunctionCallItem }>();

  constructor(private readonly options: { startingAfter: number; hasErrorEvent: boolean }) {}

  encode(event: ResponseEvent): WireEvent[] {
    if (this.hasEnded) return [];
    this.events = [];
    this.take(event);
    return this.events;
  }

  private take(event: ResponseEvent): void {
    switch (event.type) {
      case 'item.added':
        return this.begin(event);
      case 'item.done':
        return this.finish(event);
      case 'item.changed':
        return this.change(event);
      case 'text.delta':
      case 'refusal.delta':
      case 'reasoning.delta':
      case 'arguments.delta':
        return this.extend(event);
      case 'citation.added':
        return this.cite(event);
      case 'model.finished':
      case 'model.retried':
      case 'tool.started':
      case 'tool.finished':
        return;
      default:
        return this.move(event);
    }
  }

  private begin({ index, item }: ItemAddedEvent): void {
    this.itemsBegun = Math.max(this.itemsBegun, index + 1);
    const answered = this.callAnsweredBy(item);
    if (answered && hasOutputInside(answered.call)) {
      if (wasDecidedInPlace(answered.call)) this.beginDecided(index, answered.call);
      return;
    }
    this.noteCall(index, item);
    if (isRejectedCall(item)) return;
    this.line.begin(index, item, () =>
      announceItem(this.emit, item, this.nextOutputIndex++, this.include, answered?.call),
    );
  }

  /** Writes the call that follows its own request for approval, in the place of its output. */
  private beginDecided(index: number, call: FunctionCallItem): void {
    const shown = decidedCall(call);
    const begun: FunctionCallItem = { ...shown, state: 'approved', error: null };
    this.line.begin(index, begun, () => {
      const open = announceItem(this.emit, begun, this.nextOutputIndex++, this.include);
      open.finish(shown);
      return open;
    });
    this.serverCalls.set(call.callId, { index, call });
  }

  private extend({ index, type, delta, logprobs }: DeltaEvent): void {
    this.line.step(index, (open) => {
      open.delta(type, delta, logprobs);
      return false;
    });
  }

  private cite({ index, citation }: CitationEvent): void {
    this.line.step(index, (open) => {
      open.cite?.(citation);
      return false;
    });
  }

  private finish({ index, item }: ItemDoneEvent): void {
    const answered = this.callAnsweredBy(item);
    if (answered && hasOutputInside(answered.call))
      this.line.step(answered.index, (open) => open.answer?.(item) ?? false);
    else this.line.step(index, (open) => open.finish(item));
  }

  private change({ index, item }: ItemChangedEvent): void {
    this.noteCall(index, item);
    this.line.step(index, (open) => open.finish(item));
  }

  private noteCall(index: number, item: Item): void {
    if (item.type === 'function_call' && item.executor === 'server')
      this.serverCalls.set(item.callId, { index, call: item });
  }

  private callAnsweredBy(item: Item): { index: number; call: FunctionCallItem } | undefined {
    return item.type === 'function_call_output' ? this.serverCalls.get(item.callId) : undefined;
  }

  private move({ type, response, isRebuilt }: LifecycleEvent): void {
    if (isRebuilt) this.isRebuilt = true;
    this.include = response.include ?? [];
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress': {
        // Items have their own events; the response must not announce them a second time.
        const announcedMax = this.line.firstWaiting ?? this.itemsBegun;
        const announced = { ...response, output: response.output.slice(0, announcedMax) };
        return this.emit(type, { response: encodeResponse(announced) });
      }
      case 'response.requires_action':
        return staysOpen(response) ? undefined : this.end(response, 'response.completed');
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return this.end(response, type);
      case 'response.cancelled':
        // No contract has an event for this status: the stream ends, and a retrieve shows the status.
        return this.end(response, null);
    }
  }

  private end(response: Response, type: string | null): void {
    if (type !== null) {
      this.closeItems(response.output);
      // A reader that had more events of the run than are rebuilt still gets the end.
      const { startingAfter, hasErrorEvent } = this.options;
      if (this.isRebuilt && this.sequenceNumber < startingAfter) this.sequenceNumber = startingAfter + 1;
      if (type === 'response.failed' && hasErrorEvent)
        this.emit('error', encodeStreamError(failureOf(response)));
      this.emit(type, { response: encodeResponse(response) });
    }
    this.hasEnded = true;
  }

  /** Open items end in their form in the response, so that done items and the response's output agree. */
  private closeItems(output: readonly Item[]): void {
    const outputs = pairOutputs(output);
    this.line.close((open, index, begun) => {
      // A response whose end could not be stored lacks the items since the last checkpoint.
      const item = output[index] ?? { ...begun, status: 'incomplete' };
      open.close(item, item.type === 'function_call' ? outputs.get(item) : undefined);
    });
  }

  private readonly emit: Emit = (type, fields) => {
    const sequenceNumber = this.sequenceNumber++;
    if (sequenceNumber <= this.options.startingAfter) return;
    const data = JSON.stringify({ type, sequence_number: sequenceNumber, ...fields });
    this.events.push({ type, data });
  };
}
