import { AppError, ErrorMessage, type Rpc, Unanswered } from '@antiphon/contracts';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { noAnswer } from '../bus.ts';
import type { BusReply } from './nats-parts.ts';

/*
 * The protocol. A request is JSON with a reply subject below the client's own inbox, in the part of the service that answers it
 * (`<prefix>.<service>.<random>.<token>`): the permissions of NATS let each service publish in its own part only, and a service cannot
 * guess the id of another part. One wildcard subscription for each part receives its replies. A reply is JSON; the headers `rpc-error` (the
 * body is an ErrorMessage; the value says `not_begun` or `unknown` where the handler itself did not reply) and `rpc-end` (a stream is over)
 * mark the others. A chunk that its contract calls the last one bears `rpc-end` itself where the request says `rpc-last-chunk`; else the end
 * is an empty message. Chunks of a stream carry a reply subject below the producer's inbox (`<prefix>.credit.<random>.<token>`), where the
 * consumer sends credits: one message for each half window that it has consumed. An empty message without headers is a heartbeat, which a
 * stream has always, and a call where its request says `rpc-heartbeat`: the first one as soon as the handler begins. `<subject>.cancel`
 * names a request, by its reply subject, whose client has gone: every instance receives it, the one at work stops. The header `traceparent`
 * of a request names its trace. Where a request says `rpc-parts`, a reply or a chunk that is larger than a message of NATS comes in parts: each
 * but the last bears `rpc-part`, and the headers and the reply subject of the whole are those of the last.
 * NATS delivers at most once, and a lost connection may have lost something: every open request on it fails then, on both sides. A request
 * certainly did not begin where NATS knows no responder, where there was no connection to send it on, or where a service refuses it because
 * it stops or works on too many large requests.
 */

export const errorHeader = 'rpc-error';
export const endHeader = 'rpc-end';
export const lastChunkHeader = 'rpc-last-chunk';
export const heartbeatHeader = 'rpc-heartbeat';
export const takesPartsHeader = 'rpc-parts';
export const partHeader = 'rpc-part';
export const traceHeader = 'traceparent';

/** Room for the headers of a message: NATS counts them as part of it. */
export const headerBytesMax = 4 * 1024;

/** The headers of a publish; undefined where all are null. */
export function headersOf(values: Record<string, string | null>): { headers?: MsgHdrs } {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null);
  if (given.length === 0) return {};
  const set = headers();
  for (const [name, value] of given) set.set(name, value);
  return { headers: set };
}

export function isHeartbeat(message: BusReply): boolean {
  return message.data.length === 0 && !message.headers;
}

/** The error that a reply carries; null for any other message. */
export function errorOf(message: BusReply, subject: string): AppError | null {
  if (!message.headers) return null;
  if (message.headers.code === 503) return noAnswer(subject, 'not_begun');
  if (!message.headers.has(errorHeader)) return null;
  const info = ErrorMessage.safeParse(JSON.parse(message.string()));
  if (!info.success) return new AppError('internal', 'Internal error');
  const { data: unanswered } = Unanswered.safeParse(message.headers.get(errorHeader));
  return new AppError(info.data.code, info.data.message, { ...info.data, unanswered });
}

/** Calls exactly one of the two: `onError` where the message does not fit the schema. */
export function parseInto<Value>(
  schema: Rpc<unknown, Value>['reply'],
  message: BusReply,
  onValue: (value: Value) => void,
  onError: (error: AppError) => void,
): void {
  let value: Value;
  try {
    value = schema.parse(JSON.parse(message.string()));
  } catch (cause) {
    return onError(new AppError('internal', 'Internal error', { cause }));
  }
  onValue(value);
}

/** The error without a connection to send a request on. */
export function unreachable(cause?: unknown): AppError {
  return new AppError('unavailable', 'The message bus is not reachable.', {
    retryAfterMs: 2_000,
    unanswered: 'not_begun',
    cause,
  });
}

export function lost(): AppError {
  return new AppError('unavailable', 'The connection between the services was lost.', {
    retryAfterMs: 2_000,
    unanswered: 'unknown',
  });
}
