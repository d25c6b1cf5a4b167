import type { ServerResponse } from 'node:http';
import type { Response, ResponseEvent } from '@antiphon/contracts';
import type { DecodedRetrieve, Dialect, ReplyMode, StreamEncoder } from '@antiphon/dialects';
import {
  callerOfRequest,
  CallerLimits,
  clientGone,
  Heartbeat,
  type LimitedGauge,
  logResponseId,
} from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { REPLY_TIMES, type ReplyTimes } from '../config.ts';
import { answeredBy } from './answered-by.ts';
import { drained } from './drained.ts';
import { type Events, lastResponse, type TakeBack } from '../create/response-events.ts';
import { failingInBand } from './failing-in-band.ts';

interface OpenStream {
  socket: ServerResponse;
  encode: StreamEncoder;
  /** Events since the last one that was written to the client. */
  silentCount: number;
  /** Starts when the head of the stream is sent. */
  heartbeat: Heartbeat | null;
}

const comment = ': ping\n\n';

/** Writes the events of a response as an HTTP reply: one JSON body, or server-sent events. */
@Injectable()
export class Replier {
  constructor(
    @Inject(REPLY_TIMES) private readonly times: ReplyTimes,
    private readonly limits: CallerLimits,
  ) {}

  /**
   * Replies with the events of `create`. Its signal aborts when the client goes away; its `takeBack` returns whether the client has not
   * received the last events. Errors before the first event are thrown.
   */
  async send(
    reply: FastifyReply,
    dialect: Dialect,
    mode: ReplyMode,
    create: (gone: AbortSignal, takeBack: TakeBack) => Promise<Events>,
  ): Promise<void> {
    this.hold(reply, 'runs');
    const gone = clientGone(reply.raw);
    if (mode === 'json') {
      await sendJson(reply, dialect, await create(gone, () => true));
      return;
    }
    this.hold(reply, 'streams');
    const stream = streamOf(reply, dialect.openStream(mode));
    const events = await create(gone, (count) => count <= stream.silentCount);
    await this.sendStream(reply, dialect, stream, events);
  }

  /** Replies with the events of a stored response after the one of the number `startingAfter`. */
  async resume(
    reply: FastifyReply,
    dialect: Dialect,
    { reply: mode, startingAfter }: Exclude<DecodedRetrieve, { reply: 'json' }>,
    follow: (gone: AbortSignal) => Events,
  ): Promise<void> {
    this.hold(reply, 'streams');
    const stream = streamOf(reply, dialect.openStream(mode, startingAfter));
    await this.sendStream(reply, dialect, stream, follow(clientGone(reply.raw)));
  }

  /** Counts the reply against the caller's limit until its connection closes. Throws `rate_limited`. */
  hold(reply: FastifyReply, gauge: LimitedGauge): void {
    this.limits.holdWhileOpen(callerOfRequest(reply.request), gauge, reply.raw);
  }

  /** Pulls every event, also after the client has gone: a run ends only when its events are pulled. */
  private async sendStream(
    reply: FastifyReply,
    dialect: Dialect,
    stream: OpenStream,
    events: Events,
  ): Promise<void> {
    let last: Response | undefined;
    let pastCount = events.pastCount ?? 0;
    try {
      for await (const burst of failingInBand(events)) {
        const isFirst = last === undefined;
        last = lastResponse(burst) ?? last;
        if (isFirst && last) {
          logResponseId(reply.request, last.id);
          this.open(reply, stream, responseHeaders(dialect, last));
        }
        const frames = burst.flatMap((event) => {
          const written = encodeEvent(stream, event);
          return pastCount-- > 0 ? [] : written;
        });
        await this.write(stream, dialect, frames);
      }
    } finally {
      stream.heartbeat?.stop();
      if (last) reply.raw.end();
    }
  }

  private open(reply: FastifyReply, stream: OpenStream, headers: Record<string, string>): void {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) stream.socket.setHeader(name, value);
    stream.socket.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    stream.socket.flushHeaders();
    stream.heartbeat = new Heartbeat(this.times.heartbeatMs, () => beat(stream));
  }

  /** Waits until a slow client has read the frames. Closes the connection of a client that stalls for `stallTimeoutMs`. */
  private async write(stream: OpenStream, dialect: Dialect, frames: string[]): Promise<void> {
    const { socket } = stream;
    if (frames.length === 0 || socket.destroyed) return;
    if (dialect.writesEachFrame) for (const frame of frames) socket.write(frame);
    else socket.write(frames.join(''));
    stream.heartbeat?.note();
    if (!(await drained(socket, this.times.stallTimeoutMs))) socket.destroy();
  }
}

function streamOf({ raw }: FastifyReply, encode: StreamEncoder): OpenStream {
  return { socket: raw, encode, silentCount: 0, heartbeat: null };
}

function encodeEvent(stream: OpenStream, event: ResponseEvent): string[] {
  const frames = stream.encode(event);
  stream.silentCount = frames.length === 0 ? stream.silentCount + 1 : 0;
  return frames;
}

/** Writes a heartbeat, unless earlier frames still wait to be read. */
function beat({ socket, encode }: OpenStream): void {
  if (socket.destroyed || socket.writableNeedDrain) return;
  socket.write(encode.heartbeat?.(Date.now()) ?? comment);
}

/** The header has the id because a client needs it to resume a broken stream, and not every dialect's events carry it. */
function responseHeaders(dialect: Dialect, response: Response): Record<string, string> {
  return { 'x-response-id': response.id, ...dialect.responseHeaders?.(response) };
}

async function sendJson(reply: FastifyReply, dialect: Dialect, events: Events): Promise<void> {
  let last: Response | undefined;
  for await (const burst of events) {
    last = lastResponse(burst) ?? last;
  }
  if (!last) throw new Error('a create ended without a response');
  logResponseId(reply.request, last.id);
  const { status, body, headers } = dialect.encodeCreated(last, reply.request.id);
  await reply
    .status(status)
    .headers({ ...answeredBy(last), ...headers })
    .send(body);
}
