import { ReadableStream } from 'node:stream/web';
import type { Readable } from 'node:stream';
import { AppError } from '@antiphon/contracts';
import type { Egress, EgressStream } from '@antiphon/service-kit';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { z } from 'zod';
import { EventMeter } from './event-meter.ts';
import { followAnswer } from './follow-answer.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { McpServer } from '../registry/server.ts';

export interface ServerFetchOptions {
  egress: Pick<Egress, 'stream'>;
  limits: Pick<ServerLimits, 'answerBytesMax' | 'streamBytesMax'>;
  /** Called when the stream of the server's unrequested messages ends. */
  onListeningEnded: () => void;
}

/** Requests to one server at the same time, including answers to the server's own requests. */
const openRequestsMax = 64;

/** The parts of the client's message that determine how it is sent. */
const Message = z.object({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string().optional(),
  params: z
    .object({
      requestId: z.union([z.number(), z.string()]).optional(),
      _meta: z.object({ idempotencyKey: z.string().optional() }).optional(),
    })
    .optional(),
});
type Message = z.infer<typeof Message>;

/**
 * `fetch` for the MCP client of one server: through the egress, to this server's origin only, with this server's headers and no credentials of
 * callers, limited in time and size. Joins an answer that the server sends in several streams of events (`followAnswer`): the client's own
 * reconnection has no limits.
 */
export function serverFetch(server: McpServer, options: ServerFetchOptions): FetchLike {
  const { egress, limits } = options;
  const { origin } = new URL(server.url);
  const headersOfServer = server.openHeaders();
  const lifetimeMs = Math.max(server.timeouts.connectMs, server.timeouts.listMs, server.timeouts.callMs);
  const answers = new Map<string | number, AbortController>();
  let open = 0;

  return async (url, init = {}) => {
    const target = new URL(url);
    if (target.origin !== origin)
      throw new AppError('unavailable', 'The server names an endpoint at another host.');
    if (open >= openRequestsMax) throw new AppError('unavailable', 'The server has too many requests open.');
    const message = messageOf(init.body);
    const isListening = (init.method ?? 'GET') === 'GET';
    const isRequest = message.id !== undefined && message.method !== undefined;
    const stop = new AbortController();
    if (isRequest && message.id !== undefined) answers.set(message.id, stop);
    const ends = [stop.signal, init.signal ?? null, isListening ? null : AbortSignal.timeout(lifetimeMs)];
    open++;
    const done = () => {
      open--;
      if (isRequest && message.id !== undefined) answers.delete(message.id);
    };
    const headers = {
      ...Object.fromEntries(new Headers(init.headers)),
      ...keyHeader(message),
      ...headersOfServer,
    };
    const request = {
      method: init.method ?? 'GET',
      headers,
      ...(typeof init.body === 'string' && { body: init.body }),
      headTimeoutMs: isListening ? server.timeouts.connectMs : lifetimeMs,
      silenceTimeoutMs: isListening ? 0 : lifetimeMs,
      decodedBytesMax: isListening ? limits.streamBytesMax : limits.answerBytesMax,
    };
    const signal = AbortSignal.any(ends.filter((end) => end !== null));
    const answer = await egress.stream(target.href, request, signal).catch((error: unknown) => {
      done();
      throw error;
    });
    let isFollowed = false;
    answer.body.once('close', () => isFollowed || done());
    refuseStatus(answer);
    if (message.method === 'notifications/cancelled') cancel(answers, message);
    if (!isEventStream(answer)) return toResponse(answer, answer.body);
    if (isListening) {
      return toResponse(answer, listened(answer.body, limits.answerBytesMax, options.onListeningEnded));
    }
    const { id } = message;
    if (!isRequest || id === undefined) return toResponse(answer, answer.body);
    const resume = async (lastEventId: string, bytesMax: number) => {
      const rest = { ...resumption(headers, lastEventId), headTimeoutMs: lifetimeMs };
      const bounds = { silenceTimeoutMs: lifetimeMs, decodedBytesMax: bytesMax };
      return eventsOf(await egress.stream(target.href, { ...rest, ...bounds }, signal));
    };
    const follow = async function* () {
      isFollowed = true;
      try {
        yield* followAnswer(answer.body, { id, bytesMax: limits.answerBytesMax, resume, signal });
      } finally {
        done();
      }
    };
    return toResponse(answer, follow());
  };
}

/** A request for the events after the given one, with the session and the protocol version of the original request. */
function resumption(headers: Readonly<Record<string, string>>, lastEventId: string) {
  const { 'content-type': _type, 'idempotency-key': _key, ...kept } = headers;
  return {
    method: 'GET',
    headers: { ...kept, accept: 'text/event-stream', 'last-event-id': lastEventId },
  };
}

/** The stream of events of a response. Throws `not_found` where the server has no rest of the answer, `unavailable` where it fails. */
function eventsOf(answer: EgressStream): Readable {
  refuseStatus(answer);
  const { status, body } = answer;
  if (status === 200 && isEventStream(answer)) return body;
  body.destroy();
  const message = `The server did not continue its answer (status ${status}).`;
  throw new AppError(status >= 500 || status === 429 ? 'unavailable' : 'not_found', message);
}

/** The body is the client's own JSON, so it parses. */
function messageOf(body: unknown): Message {
  return typeof body === 'string' ? Message.parse(JSON.parse(body)) : {};
}

function keyHeader(message: Message): Record<string, string> {
  const key = message.params?._meta?.idempotencyKey;
  return key === undefined ? {} : { 'idempotency-key': key };
}

/** Refuses redirects, which would carry credentials to another place, and statuses out of range, which would break the client. */
function refuseStatus({ status, body }: EgressStream): void {
  if (status >= 200 && status <= 599 && (status < 300 || status >= 400)) return;
  body.destroy();
  throw new AppError('unavailable', `The server answered with status ${status}, which is not followed.`);
}

/** Ends the wait for the answer to a cancelled request. */
function cancel(answers: ReadonlyMap<string | number, AbortController>, message: Message): void {
  const id = message.params?.requestId;
  if (id !== undefined) answers.get(id)?.abort();
}

function isEventStream({ headers }: EgressStream): boolean {
  return /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');
}

function toResponse({ status, headers, body }: EgressStream, chunks: AsyncIterable<Uint8Array>): Response {
  if (status === 204 || status === 205) {
    body.destroy();
    return new Response(null, { status, headers });
  }
  return new Response(ReadableStream.from(chunks), { status, headers });
}

async function* listened(
  body: Readable,
  eventBytesMax: number,
  onEnded: () => void,
): AsyncGenerator<Uint8Array, void> {
  const meter = new EventMeter(eventBytesMax);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      meter.see(chunk);
      yield chunk;
    }
  } finally {
    onEnded();
  }
}
