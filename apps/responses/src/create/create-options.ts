import type { Item, Response } from '@antiphon/contracts';
import type { DecodedCreate } from '@antiphon/dialects';
import type { IdempotencyKey } from '@antiphon/runtime';
import type { TraceContext } from '@antiphon/service-kit';
import type { TakeBack } from './response-events.ts';

/** The options of a create besides the response itself. */
export interface CreateOptions {
  /** Whether the client streams the events. Those of a background response are kept for it. */
  willStream: boolean;
  /** Left out: events cannot be taken back. */
  takeBack?: TakeBack | undefined;
  /** How the request names its conversation, as its dialect decodes it. */
  conversation?: DecodedCreate['conversation'] | undefined;
  /** Whether the create is refused while tool calls of the conversation wait for decisions. */
  refusesWhilePaused?: boolean | undefined;
  /** The first items of the output. */
  begun?: Item[] | undefined;
  /** Whether the answer to an equal request of the same caller may be reused. */
  mayReuse?: boolean | undefined;
  /** Looked up before the store for the context of the previous response. */
  memory?: TurnMemory;
  /** The trace that the run belongs to. Left out: the run begins one. */
  trace?: TraceContext;
  /** Names the create: a second create with the same key gets the response of the first. */
  key?: IdempotencyKey | null;
  /** Called before the first event of a repeated create. */
  onReplay?: () => void;
}

/** The contexts of the unstored turns of one connection. */
export interface TurnMemory {
  /** The whole context after a response; undefined where this memory does not have it. Throws `context_too_long`. */
  recall(responseId: string): readonly Item[] | undefined;
  /** Records the end of a response, and the history that it followed. */
  note(ended: Response, history: readonly Item[]): void;
}
