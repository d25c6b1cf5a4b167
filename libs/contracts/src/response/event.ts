import type { Citation } from './content/citation.ts';
import type { FunctionCallItem, Item, MessageItem, ReasoningItem, TokenLogprob } from './item.ts';
import type { Response } from './response.ts';
import type { ResponseStatus } from './status.ts';
import type { TurnCourse } from './turns/turn-record.ts';
import type { Usage } from './turns/usage.ts';

/** A response was created, or moved to another status. Carries the whole response at that time. */
export interface LifecycleEvent {
  type: 'response.created' | `response.${ResponseStatus}`;
  response: Response;
  /** Set on the first event where all events are rebuilt from the stored response: they are fewer than those of the run. */
  isRebuilt?: true;
}

/**
 * An item begins. It is empty and `in_progress`; `index` is its place in the response's output. The place may have been that of an item
 * which an earlier runner left unfinished: that item is done as `incomplete`, and is not part of the response any more.
 */
export interface ItemAddedEvent {
  type: 'item.added';
  index: number;
  item: Item;
}

/** An item is finished, with the sum of its deltas. Every added item has exactly one such event. */
export interface ItemDoneEvent {
  type: 'item.done';
  index: number;
  item: Item;
  /** The model is still answering the turn of this item. A turn is stored as a whole, so this event alone stores nothing. */
  isTurnOpen?: true | undefined;
}

/**
 * A finished item changed. A call: approved, started or returned, with its times and error, with more detail while its tool runs, or dropped
 * because its turn broke off. A message: its answer was rejected. A thought: its provider sent more data that it needs back. The item replaces the earlier one; its id,
 * type and index stay. A call that the provider runs itself changes while it is open: it has started, or reports more detail.
 */
export interface ItemChangedEvent {
  type: 'item.changed';
  index: number;
  item: FunctionCallItem | MessageItem | ReasoningItem;
  /** The model is still answering the turn of this item, as in `ItemDoneEvent`. */
  isTurnOpen?: true | undefined;
}

/** More text for the item at `index`: an answer, a refusal, a thought, or a call's arguments. */
export interface DeltaEvent {
  type: 'text.delta' | 'refusal.delta' | 'reasoning.delta' | 'arguments.delta';
  index: number;
  itemId: string;
  delta: string;
  /** The log probabilities of a `text.delta`'s tokens, where the request asks for them. */
  logprobs?: TokenLogprob[] | undefined;
}

/** A citation: a part of the text so far of the message at `index` has a source. */
export interface CitationEvent {
  type: 'citation.added';
  index: number;
  itemId: string;
  citation: Citation;
}

/** The model has answered a turn. Carries its usage, so that a consumer can update the response's usage between lifecycle events. */
export interface ModelFinishedEvent {
  type: 'model.finished';
  depth: number;
  /** The model that answered, as the provider names it. */
  model: string;
  usage: Usage;
  /** The service tier of the answer, as the provider reports it. */
  serviceTier?: string | undefined;
  /** How the request went; with the model and the usage it is a record of the response. Left out in logs of earlier releases and in rebuilt events. */
  course?: TurnCourse | undefined;
  /** The stop sequence that ended the answer, where the provider reports it. */
  stopSequence?: string | undefined;
}

/**
 * The model's answer broke off before a client read any of it, and the turn is repeated: the items of the turn, from `index` on, are not
 * part of the response any more.
 */
export interface ModelRetriedEvent {
  type: 'model.retried';
  depth: number;
  index: number;
  /** The estimated usage of the broken attempt. */
  usage: Usage;
  /** How the broken attempt went. Left out in logs of earlier releases. */
  course?: TurnCourse | undefined;
}

/** A server tool starts. It may start again when another process takes the run over. */
export interface ToolStartedEvent {
  type: 'tool.started';
  index: number;
  itemId: string;
  callId: string;
  name: string;
  depth: number;
}

/** A server tool returned. */
export interface ToolFinishedEvent {
  type: 'tool.finished';
  index: number;
  itemId: string;
  callId: string;
  name: string;
  depth: number;
  status: 'completed' | 'failed';
  durationMs: number;
}

/** The events of a run, in order. Deltas add up to the items; the last event's response is the result. */
export type ResponseEvent =
  | LifecycleEvent
  | ItemAddedEvent
  | ItemDoneEvent
  | ItemChangedEvent
  | DeltaEvent
  | CitationEvent
  | ModelFinishedEvent
  | ModelRetriedEvent
  | ToolStartedEvent
  | ToolFinishedEvent;

export function isLifecycleEvent(event: ResponseEvent): event is LifecycleEvent {
  return event.type.startsWith('response.');
}
