import type {
  AppError,
  CreateResponse,
  DialectName,
  Item,
  JsonObject,
  Response,
  ResponseEvent,
} from '@antiphon/contracts';
import { jan } from './jan/index.ts';
import { openai } from './openai/index.ts';

/** What a create request asks for, and how it wants to be answered. */
export interface DecodedCreate {
  request: CreateResponse;
  /** `json`: one body when the run stops (or is queued). `stream`: server-sent events. */
  reply: 'json' | 'stream';
}

/** The prompt that a create names, and what is to stand for its variables. */
export interface PromptRequest {
  id: string;
  /** Null: the default version. */
  version: number | null;
  variables: JsonObject;
}

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

/** How a list of items is asked for in a URL's query. */
export interface ItemsQuery {
  after?: string | undefined;
  limit?: string | undefined;
  order?: string | undefined;
}

/** Turns one event into what a client reads: complete frames of server-sent events, each ending in an empty line, or socket messages. */
export type StreamEncoder = (event: ResponseEvent) => string[];

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
  /** Throws `invalid_request` with the wire's own name of the field in `param`. */
  decodeCreate(body: unknown): DecodedCreate;
  /** The answer to a create that waited for its end, or was queued. */
  encodeCreated(response: Response): EncodedReply;
  /** The response object: retrieve, cancel. */
  encodeResponse(response: Response): Record<string, unknown>;
  /** `items` is the whole context of the response, oldest first. Throws `invalid_request` for a bad query. */
  encodeInputItems(items: readonly Item[], query: ItemsQuery): unknown;
  encodeDeleted(id: string): EncodedReply;
  /** What the response's webhook is told of its end. `eventId` is the same for every attempt of one delivery. */
  encodeWebhook(delivery: { eventId: string; response: Response }): EncodedWebhook;
  /** Opens a stream's encoder, which owns sequence numbers and the end mark. */
  openStream(): StreamEncoder;
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

const dialects: Record<DialectName, Dialect> = { jan, openai };

export function dialectNamed(name: DialectName): Dialect {
  return dialects[name];
}
