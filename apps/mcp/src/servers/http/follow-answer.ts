import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';

export interface FollowOptions {
  /** The id of the request. */
  id: string | number;
  /** For all streams of the answer together. */
  bytesMax: number;
  /** Opens the rest of the answer, after the event with this id. Throws AppErrors; `not_found` where there is no rest. */
  resume: (lastEventId: string, bytesMax: number) => Promise<Readable>;
  signal: AbortSignal;
}

export const followBounds = {
  /** Streams after the first one. */
  streamsMax: 100,
  /** Streams in a row that could not be opened or had no event. */
  failuresMax: 5,
  /** The default pause before the next stream, and the range of pauses that a server may set. */
  pauseMs: 1_000,
  pauseMinMs: 100,
  pauseMaxMs: 30_000,
  eventIdCharactersMax: 1_024,
};

/** The answer to a request: a result or an error. */
const Answer = z.object({ id: z.union([z.string(), z.number()]), method: z.undefined().optional() });

/**
 * The events of the answer to a request, over all streams that the server sends them in. A server may close a stream after an event with an id;
 * the rest is then requested with `Last-Event-ID`, after the time of the server's `retry` field. Without an id there is no further request.
 * Where no answer comes, the last event is an error, because the protocol's client would otherwise wait until its timeout.
 */
export async function* followAnswer(
  first: Readable,
  options: FollowOptions,
): AsyncGenerator<Uint8Array, void> {
  const answer = new AnswerReader(options.id);
  let failure = 'The server dropped the connection before it answered.';
  let failures = 0;
  let body: Readable | null = first;
  for (let streams = 0; ; streams++) {
    const before = answer.events;
    try {
      body ??= await options.resume(answer.lastEventId ?? '', options.bytesMax - answer.bytes);
      yield* answer.read(body);
    } catch (error) {
      if (error instanceof AppError) failure = error.message;
      if (isFinal(error)) break;
    }
    if (answer.isComplete) return;
    failures = answer.events === before ? failures + 1 : 0;
    const mayGoOn = streams < followBounds.streamsMax && failures < followBounds.failuresMax;
    if (answer.lastEventId === null || !mayGoOn || options.signal.aborted) break;
    body = null;
    await pause(answer.pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
  const error = { code: ErrorCode.ConnectionClosed, message: failure };
  yield encodeEvent({ data: JSON.stringify({ jsonrpc: '2.0', id: options.id, error }) });
}

/** Whether another request would fail in the same way. */
function isFinal(error: unknown): boolean {
  return error instanceof AppError && ['not_found', 'payload_too_large', 'cancelled'].includes(error.code);
}

/** Reads the streams of one answer and yields whole events: an event that a stream cuts off comes again with the next stream. */
class AnswerReader {
  lastEventId: string | null = null;
  pauseMs = followBounds.pauseMs;
  isComplete = false;
  events = 0;
  bytes = 0;

  constructor(private readonly id: string | number) {}

  async *read(body: Readable): AsyncGenerator<Uint8Array, void> {
    const { pauseMinMs, pauseMaxMs } = followBounds;
    const whole: EventSourceMessage[] = [];
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: (event) => whole.push(event),
      onRetry: (retryMs) => (this.pauseMs = Math.min(Math.max(retryMs, pauseMinMs), pauseMaxMs)),
    });
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      this.bytes += chunk.byteLength;
      parser.feed(decoder.decode(chunk, { stream: true }));
      for (const event of whole.splice(0)) {
        this.note(event);
        if (event.data !== '') yield encodeEvent(event);
      }
    }
  }

  private note({ id, data }: EventSourceMessage): void {
    this.events++;
    if (id !== undefined && id !== '')
      this.lastEventId = id.length <= followBounds.eventIdCharactersMax ? id : null;
    this.isComplete ||= Answer.safeParse(parse(data)).data?.id === this.id;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function encodeEvent({ event = 'message', data }: EventSourceMessage): Uint8Array {
  const lines = data.split('\n').map((line) => `data: ${line}\n`);
  return Buffer.from(`event: ${event}\n${lines.join('')}\n`);
}
