import type { ServerResponse } from 'node:http';
import type { Response } from '@antiphon/contracts';
import type { DecodedCreate, Dialect } from '@antiphon/dialects';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { RESPONSES_CONFIG, type ResponsesConfig } from './config.ts';
import { drained } from './drained.ts';
import { failingInBand, lastResponse } from './failing-in-band.ts';
import type { Events } from './responses.service.ts';

interface OpenStream {
  socket: ServerResponse;
  wroteAtMs: number;
}

const heartbeat = ': ping\n\n';

/** Turns the events of a create into its HTTP answer: one JSON body, or server-sent events. */
@Injectable()
export class Replier implements BeforeApplicationShutdown {
  private readonly streams = new Set<OpenStream>();
  private readonly timer: NodeJS.Timeout;

  constructor(@Inject(RESPONSES_CONFIG) private readonly config: ResponsesConfig) {
    this.timer = setInterval(() => this.beat(), config.heartbeatMs / 3).unref();
  }

  /** Creates with a signal that aborts when the client goes away, and answers with what comes of it. */
  async send(
    reply: FastifyReply,
    dialect: Dialect,
    mode: DecodedCreate['reply'],
    create: (gone: AbortSignal) => Promise<Events>,
  ): Promise<void> {
    const events = await create(goneSignal(reply.raw));
    if (mode === 'json') await sendJson(reply, dialect, events);
    else await this.sendStream(reply, dialect, events);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Takes every event even when the client has gone: the run only ends when its events are taken. */
  private async sendStream(reply: FastifyReply, dialect: Dialect, events: Events): Promise<void> {
    const encode = dialect.openStream();
    const stream: OpenStream = { socket: reply.raw, wroteAtMs: 0 };
    let last: Response | undefined;
    try {
      for await (const burst of failingInBand(events)) {
        const isFirst = last === undefined;
        last = lastResponse(burst) ?? last;
        if (isFirst && last) this.open(reply, stream, last.id);
        await write(stream, dialect, burst.flatMap(encode));
      }
    } finally {
      this.streams.delete(stream);
      if (last) reply.raw.end();
    }
  }

  /** The id goes ahead as a header, since not every dialect's events carry it and a stream that was lost is asked for by it. */
  private open(reply: FastifyReply, stream: OpenStream, responseId: string): void {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) stream.socket.setHeader(name, value);
    stream.socket.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-response-id': responseId,
    });
    stream.socket.flushHeaders();
    stream.wroteAtMs = performance.now();
    this.streams.add(stream);
  }

  /** One timer for all streams: a comment to each that was silent for too long. */
  private beat(): void {
    const silentSinceMs = performance.now() - this.config.heartbeatMs;
    for (const stream of this.streams) {
      if (stream.wroteAtMs > silentSinceMs || stream.socket.writableNeedDrain) continue;
      stream.socket.write(heartbeat);
      stream.wroteAtMs = performance.now();
    }
  }
}

async function sendJson(reply: FastifyReply, dialect: Dialect, events: Events): Promise<void> {
  let last: Response | undefined;
  for await (const burst of events) last = lastResponse(burst) ?? last;
  if (!last) throw new Error('a create ended without a response');
  const { status, body, headers } = dialect.encodeCreated(last);
  await reply
    .status(status)
    .headers(headers ?? {})
    .send(body);
}

/** Aborts when the connection closes before the answer is finished. */
function goneSignal(socket: ServerResponse): AbortSignal {
  const gone = new AbortController();
  socket.once('close', () => {
    if (!socket.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function write(stream: OpenStream, dialect: Dialect, frames: string[]): Promise<void> {
  const { socket } = stream;
  if (frames.length === 0 || socket.destroyed) return;
  if (dialect.writesEachFrame) for (const frame of frames) socket.write(frame);
  else socket.write(frames.join(''));
  stream.wroteAtMs = performance.now();
  await drained(socket);
}
