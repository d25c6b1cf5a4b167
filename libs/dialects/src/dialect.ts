import type {
  AppError,
  CreateResponse,
  Decision,
  DialectName,
  Item,
  JsonObject,
  Response,
  ResponseEvent,
} from '@antiphon/contracts';

/** `json`: one body when the run stops (or is queued). `stream`: server-sent events. `events`: the same without deltas. */
export type ReplyMode = 'json' | 'stream' | 'events';

/** What a create request asks for, and how it wants to be answered. */
export interface DecodedCreate {
  request: CreateResponse;
  reply: ReplyMode;
  /**
   * `new`: the response begins a conversation, which gets an id of ours. `existing`: the one it names must be there, and the caller learns
   * if it is another caller's. `named`: it names a conversation of the caller's, which its first use starts. `inherited`: it is that of the
   * response before it. Left out: the one it names, if any, must be there; another caller's is as unknown as one that is not.
   */
  conversation?: 'new' | 'existing' | 'named' | 'inherited';
  /** Whether calls that wait for the caller must be decided before the conversation goes on. Left out: no. */
  refusesWhilePaused?: boolean;
  /** What the output begins with: a turn of the assistant that the request brings along, whose calls are `proposed`. */
  begun?: Item[];
  /** Whether the answer to an equal request of the same caller may stand for this one's. Left out: no. */
  mayReuse?: boolean;
}

/** The prompt that a create names, and what is to stand for its variables. */
export interface PromptRequest {
  id: string;
  /** Null: the default version. */
  version: number | null;
  variables: JsonObject;
}

/** What a request decides about calls of a paused response, where it does not create one. */
export interface DecodedDecisions {
  /** Which response: the paused one of the conversation, or the one named. At least one of the two is there. */
  of: { conversationId: string | null; responseId: string | null };
  /** `existing`: that the conversation is somebody else's is told. Left out: it is as unknown as one that is not there. */
  conversation?: 'existing';
  decisions: Decision[];
  reply: ReplyMode;
}

/** The headers of a request that say how it wants to be answered. */
export interface RequestHeaders {
  accept?: string | undefined;
}

/**
 * How a stored response is to be answered: as it is, or as it has ended if that is within `waitMs`, or as the events of its run after the
 * one of this number (-1: all).
 */
export type DecodedRetrieve = { reply: 'json'; waitMs?: number } | { reply: 'stream'; startingAfter: number };

/** An HTTP answer, ready to be sent as JSON. */
export interface EncodedReply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** What a webhook is sent. The deliverer adds the Standard Webhooks headers, which sign the body. */
export interface EncodedWebhook {
  /** `response.completed` and its like. */
  eventName: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

/** What became of a cancel: a response that had ended stays as it is. */
export interface CancelOutcome {
  response: Response;
  wasCancelled: boolean;
}

/** How a list of items is asked for in a URL's query. */
export interface ItemsQuery {
  after?: string | undefined;
  limit?: string | undefined;
  order?: string | undefined;
}

/** Turns one event into what a client reads: complete frames of server-sent events, each ending in an empty line, or socket messages. */
export interface StreamEncoder {
  (event: ResponseEvent): string[];
  /** What is said where nothing happened for a while. Left out: a comment. */
  heartbeat?(nowMs: number): string;
}

/** One accent of the API: plain functions between the wire and the neutral model. */
export interface Dialect {
  readonly name: DialectName;
  /** Whether every frame of a stream is a write of its own, for clients that take a chunk for an event. */
  readonly writesEachFrame: boolean;
  /**
   * Where bodies may name a prompt: the one that this body names. The prompt's version, with its variables filled in, is what the body is
   * laid over before it is decoded. Throws `invalid_request`.
   */
  readPrompt?(body: unknown): PromptRequest | null;
  /** Throws `invalid_request` with the wire's own name of the field in `param`, `not_acceptable`. */
  decodeCreate(body: unknown, headers: RequestHeaders): DecodedCreate | DecodedDecisions;
  /** What a retrieve's query asks for; without it, always JSON. Throws `invalid_request`. */
  decodeRetrieve?(query: unknown): DecodedRetrieve;
  /** The answer to a create that waited for its end, or was queued. */
  encodeCreated(response: Response): EncodedReply;
  /** The response object: retrieve, cancel. */
  encodeResponse(response: Response): Record<string, unknown>;
  /** The answer to a cancel; throws `invalid_request` where it refuses one that came too late. Left out: the response as it is. */
  encodeCancelled?(outcome: CancelOutcome): Record<string, unknown>;
  /** `items` is the whole context of the response, oldest first. Throws `invalid_request` for a bad query. */
  encodeInputItems(items: readonly Item[], query: ItemsQuery): unknown;
  encodeDeleted(id: string): EncodedReply;
  /** What the response's webhook is told of its end. `eventId` is the same for every attempt of one delivery. */
  encodeWebhook(delivery: { eventId: string; response: Response }): EncodedWebhook;
  /**
   * Opens a stream's encoder, which owns sequence numbers and the end mark. It is given every event from the first one, and leaves out
   * what a reader has up to the number `startingAfter`, where its events are numbered.
   */
  openStream(mode: Exclude<ReplyMode, 'json'>, startingAfter?: number): StreamEncoder;
  /** Headers of an answer that is a response or a stream of one. Left out: none. */
  responseHeaders?(response: Response): Record<string, string>;
  encodeError(error: AppError): EncodedReply;
}

/** How a dialect is spoken over a WebSocket: a message asks for a response, each of its events is a message back. */
export interface SocketDialect {
  /** Where the connection is opened. */
  readonly path: string;
  /** As `Dialect.readPrompt`. */
  readPrompt(message: unknown): PromptRequest | null;
  /**
   * What a message asks for; `body` is the message laid over the prompt that it names, if any. Throws `invalid_request`, also for what belongs to
   * HTTP alone.
   */
  decodeTurn(message: unknown, body?: unknown): CreateResponse;
  /** The response that a message, however wrong, wants to go on from. */
  previousOf(message: unknown): string | null;
  /** Opens the encoder of one response's events. */
  openTurn(): StreamEncoder;
  /** Why a message got no response, or no more of it. */
  encodeFailure(error: AppError): string;
  /** The last words of a connection that has been open for as long as one may be. */
  encodeLifetimeReached(lifetimeMs: number): string;
}
