import type { ServerResponse } from 'node:http';
import { Heartbeat } from '@antiphon/service-kit';
import type { FastifyReply } from 'fastify';
import type { ReplyTimes } from '../config.ts';
import { drained } from './drained.ts';

const comment = ': ping\n\n';

export interface EventStreamOptions {
  headers?: Record<string, string>;
  /** The frame of a heartbeat; a comment where it is left out. */
  beat?: (() => string) | undefined;
}

/** A reply of server-sent events: its head is sent at once, heartbeats during silences, and frames as fast as the client reads. */
export class EventStream {
  private readonly socket: ServerResponse;
  private readonly heartbeat: Heartbeat;

  constructor(
    reply: FastifyReply,
    private readonly times: ReplyTimes,
    { headers = {}, beat = () => comment }: EventStreamOptions = {},
  ) {
    reply.hijack();
    const socket = (this.socket = reply.raw);
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) socket.setHeader(name, value);
    socket.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    socket.flushHeaders();
    // Not where earlier frames still wait to be read.
    this.heartbeat = new Heartbeat(times.heartbeatMs, () => {
      if (!socket.destroyed && !socket.writableNeedDrain) socket.write(beat());
    });
  }

  /** Waits until a slow client has read the chunks. Closes the connection of a client that stalls for `stallTimeoutMs`. */
  async write(chunks: readonly string[]): Promise<void> {
    const { socket } = this;
    if (chunks.length === 0 || socket.destroyed) return;
    for (const chunk of chunks) socket.write(chunk);
    this.heartbeat.note();
    if (!(await drained(socket, this.times.stallTimeoutMs))) socket.destroy();
  }

  end(): void {
    this.heartbeat.stop();
    this.socket.end();
  }
}
