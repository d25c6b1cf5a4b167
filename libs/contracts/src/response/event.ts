import type { Citation, FunctionCallItem, Item, MessageItem, ReasoningItem, TokenLogprob } from './item.ts';
import type { Response, Usage } from './response.ts';
import type { ResponseStatus } from './status.ts';

/** A response came to be, or moved to another status. Carries the whole response as of then. */
export interface LifecycleEvent {
  type: 'response.created' | `response.${ResponseStatus}`;
  response: Response;
  /** Set on the first event where all of them are made anew from the stored response: they are fewer than those of the run were. */
  isRebuilt?: true;
}

/**
 * An item begins. It is empty and `in_progress`; `index` is its place in the response's output. It may be one that was taken before, by
 * an item that an earlier runner left unfinished: that one is done as `incomplete`, and is no part of the response any more.
 */
export interface ItemAddedEvent {
  type: 'item.added';
  index: number;
  item: Item;
}

/** An item is finished: what its deltas added up to. Every added item has exactly one. */
export interface ItemDoneEvent {
  type: 'item.done';
  index: number;
  item: Item;
  /** The model is still answering the turn of this item. A turn is stored as a whole, so this event alone stores nothing. */
  isTurnOpen?: true | undefined;
}

/**
 * A finished item changed. A call: approved, started or back, with its times and error, or not to be run since its turn broke. A
 * message: its answer was rejected. A thought: its provider sent more of what it wants to read again. The item takes the place of the
 * one before it; its id, type and index stay.
 */
export interface ItemChangedEvent {
  type: 'item.changed';
  index: number;
  item: FunctionCallItem | MessageItem | ReasoningItem;
}

/** More text for the item at `index`: an answer, a refusal, a thought, or a call's arguments. */
export interface DeltaEvent {
  type: 'text.delta' | 'refusal.delta' | 'reasoning.delta' | 'arguments.delta';
  index: number;
  itemId: string;
  delta: string;
  /** Of the tokens of a `text.delta`, where they were asked for. */
  logprobs?: TokenLogprob[] | undefined;
}

/** The text of the message at `index`, as far as it was said, goes back to a page. */
export interface CitationEvent {
  type: 'citation.added';
  index: number;
  itemId: string;
  citation: Citation;
}

/** The model has answered a turn: what it cost, for whoever keeps the response's usage up to date between its lifecycle events. */
export interface ModelFinishedEvent {
  type: 'model.finished';
  depth: number;
  /** The provider's own name for what answered. */
  model: string;
  usage: Usage;
  /** The tier in which the provider says that it answered. */
  serviceTier?: string | undefined;
}

/**
 * The model's answer broke off before anyone had read any of it, and the model is asked again: the items from `index` on, which are
 * those of the turn, are no part of the response any more.
 */
export interface ModelRetriedEvent {
  type: 'model.retried';
  depth: number;
  index: number;
  /** What the broken try cost, by estimate. */
  usage: Usage;
}

/** A server tool begins to run. It may begin again when another process takes the run over. */
export interface ToolStartedEvent {
  type: 'tool.started';
  index: number;
  itemId: string;
  callId: string;
  name: string;
  depth: number;
}

/** A server tool came back. */
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

/** What happens while a response runs, in order. Deltas add up to the items; the last event's response is the result. */
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
