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

/** A decoded create request, and the form of its answer. */
export interface DecodedCreate {
  request: CreateResponse;
  reply: ReplyMode;
  /**
   * `new`: the response begins a conversation, and this server makes its id. `existing`: the named conversation must exist, and one of another
   * caller is `forbidden`. `named`: the caller's name for a conversation, which its first use creates. `inherited`: the conversation of
   * the previous response. Left out: the named conversation, if any, must exist; one of another caller is `not_found`.
   */
  conversation?: 'new' | 'existing' | 'named' | 'inherited';
  /** Whether calls that wait for the caller must be decided before the conversation goes on. Left out: no. */
  refusesWhilePaused?: boolean;
  /** The first items of the output: an assistant's turn from the request, whose calls are `proposed`. */
  begun?: Item[];
  /** Whether the cached answer to an equal request of the same caller may be used. Left out: no. */
  mayReuse?: boolean;
}

/** The prompt that a create names, with the values of its variables. */
export interface PromptRequest {
  id: string;
  /** Null: the default version. */
  version: number | null;
  variables: JsonObject;
}

/**
 * A request whose body may name a prompt. Without one it is decoded; with one, `complete` decodes the body laid over the version of the prompt,
 * which may hold fields that the body lacks.
 */
export type Promptable<Decoded> = { readonly body: unknown } & (
  | { readonly prompt: null; readonly decoded: Decoded }
  | { readonly prompt: PromptRequest; complete(whole: unknown): Decoded }
);

/** A page of a list: at most `limit` entries after the one of the id `after`. */
export interface PageOfItems {
  readonly after: string | null;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** The optional parts of items that the query asks for. Left out: none. */
  readonly include?: readonly string[];
}

/** A request that decides calls of a paused response instead of creating one. */
export interface DecodedDecisions {
  /** The paused response of the conversation, or the named one. At least one of the two is set. */
  of: { conversationId: string | null; responseId: string | null };
  /** `existing`: a conversation of another caller is `forbidden`. Left out: it is `not_found`. */
  conversation?: 'existing';
  decisions: Decision[];
  reply: ReplyMode;
}

/** The headers of a request that choose the form of its answer. */
export interface RequestHeaders {
  accept?: string | undefined;
}

/**
 * The form of a retrieve's answer: the response as it is, the response at its end if that comes within `waitMs`, or the events of its run after the
 * one of this number (-1: all). `include`: optional parts of items, beside those that the create asked for. `needsLog`: only events that are kept are
 * an answer, since rebuilt ones have no such number.
 */
export type DecodedRetrieve =
  | { reply: 'json'; waitMs?: number; include?: readonly string[] }
  | { reply: Exclude<ReplyMode, 'json'>; startingAfter: number; needsLog?: boolean };

/** An HTTP answer, ready to be sent as JSON. */
export interface EncodedReply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** The request that a webhook gets. The deliverer adds the Standard Webhooks headers, which sign the body. */
export interface EncodedWebhook {
  /** The name of the event: `response.completed`, `response.failed`, … */
  eventName: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

/** The outcome of a cancel: a response that had ended stays as it is. */
export interface CancelOutcome {
  response: Response;
  wasCancelled: boolean;
}

/** Encodes one event: as complete frames of server-sent events, each ending in an empty line, or as socket messages. */
export interface StreamEncoder {
  (event: ResponseEvent): string[];
  /** The frame that keeps an idle stream open. Left out: a comment. */
  heartbeat?(nowMs: number): string;
}

/** One wire format of the API for creates: plain functions between the wire and the neutral model. */
export interface Dialect {
  readonly name: DialectName;
  /** Whether every frame of a stream is written separately, for clients that treat each chunk as one event. */
  readonly writesEachFrame: boolean;
  /**
   * Where bodies may name a prompt: the prompt that this body names. Before the body is decoded, it is laid over the prompt's version with its
   * variables filled in. Throws `invalid_request`.
   */
  readPrompt?(body: unknown): PromptRequest | null;
  /** Throws `invalid_request` with the wire's own name of the field in `param`, `not_acceptable`. */
  decodeCreate(body: unknown, headers: RequestHeaders): DecodedCreate | DecodedDecisions;
  /** The answer to a create that waited for its end, or was queued. */
  encodeCreated(response: Response, requestId?: string): EncodedReply;
  /**
   * Opens a stream's encoder, which owns sequence numbers and the end mark. It receives every event from the first one, and leaves out
   * the events up to the number `startingAfter`, where its events are numbered.
   */
  openStream(mode: Exclude<ReplyMode, 'json'>, startingAfter?: number): StreamEncoder;
  /** Headers of an answer that is a response or a stream of one. Left out: none. */
  responseHeaders?(response: Response): Record<string, string>;
  encodeError(error: AppError, requestId?: string): EncodedReply;
}

/** A dialect whose responses are stored: they can be read, cancelled and deleted. */
export interface StoringDialect extends Dialect {
  /** Decodes a retrieve's query. Left out: always JSON. Throws `invalid_request`. */
  decodeRetrieve?(query: unknown): DecodedRetrieve;
  /** The response object: retrieve, cancel. */
  encodeResponse(response: Response): Record<string, unknown>;
  /** The answer to a cancel. Throws `invalid_request` where the dialect refuses to cancel a response that has ended. Left out: the response as it is. */
  encodeCancelled?(outcome: CancelOutcome): Record<string, unknown>;
  /** Decodes the query of a list of input items. Left out: the list is one page. Throws `invalid_request`. */
  decodeInputItems?(query: unknown): PageOfItems;
  /** `items` is the whole context of the response, oldest first. Throws `invalid_request` for a page that begins after an unknown item. */
  encodeInputItems(items: readonly Item[], page: PageOfItems): unknown;
  encodeDeleted(id: string): EncodedReply;
  /** The webhook for the end of a response. `eventId` is the same for every attempt of one delivery. */
  encodeWebhook(delivery: { eventId: string; response: Response }): EncodedWebhook;
}

/** A dialect over a WebSocket: a message requests a response, and each of its events is one message. */
export interface SocketDialect {
  /** The path at which the connection is opened. */
  readonly path: string;
  /** Decodes a message. Throws `invalid_request`, also for fields of HTTP alone. */
  decodeTurn(message: unknown): Promptable<CreateResponse>;
  /** The previous response that a message names, also where the rest of the message is invalid. */
  previousOf(message: unknown): string | null;
  /** Opens the encoder of one response's events. */
  openTurn(): StreamEncoder;
  /** The error of a message that gets no response, or no more events of one. */
  encodeFailure(error: AppError): string;
  /** The last message of a connection that has reached its lifetime. */
  encodeLifetimeReached(lifetimeMs: number): string;
}
