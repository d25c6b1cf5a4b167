import type { Response, ResponseEvent } from '@antiphon/contracts';
import type { DecodedRetrieve, Dialect, ReplyMode, StreamEncoder } from '@antiphon/dialects';
import {
  callerOfRequest,
  CallerLimits,
  clientGone,
  type LimitedGauge,
  logResponseId,
} from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { REPLY_TIMES, type ReplyTimes } from '../config.ts';
import { answeredBy } from './answered-by.ts';
import { type Events, lastResponse, type TakeBack } from '../create/response-events.ts';
import { EventReply } from './event-reply.ts';
import { failingInBand } from './failing-in-band.ts';

interface OpenStream {
  encode: StreamEncoder;
  /** Events since the last one that was written to the client. */
  silentCount: number;
  /** Null until the head of the stream is sent. */
  out: EventReply | null;
}

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
    const stream = streamOf(dialect.openStream(mode));
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
    const stream = streamOf(dialect.openStream(mode, startingAfter));
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
          const beat = () => stream.encode.heartbeat?.(Date.now());
          stream.out = new EventReply(reply, responseHeaders(dialect, last), this.times, beat);
        }
        const frames = burst.flatMap((event) => {
          const written = encodeEvent(stream, event);
          return pastCount-- > 0 ? [] : written;
        });
        if (frames.length > 0) await stream.out?.write(dialect.writesEachFrame ? frames : [frames.join('')]);
      }
    } finally {
      stream.out?.end();
    }
  }
}

function streamOf(encode: StreamEncoder): OpenStream {
  return { encode, silentCount: 0, out: null };
}

function encodeEvent(stream: OpenStream, event: ResponseEvent): string[] {
  const frames = stream.encode(event);
  stream.silentCount = frames.length === 0 ? stream.silentCount + 1 : 0;
  return frames;
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
