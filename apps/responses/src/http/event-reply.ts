import type { ServerResponse } from 'node:http';
import { Heartbeat } from '@antiphon/service-kit';
import type { FastifyReply } from 'fastify';
import type { ReplyTimes } from '../config.ts';
import { drained } from './drained.ts';

const comment = ': ping\n\n';

/** An open reply of server-sent events, which sends a heartbeat when it is silent. */
export class EventReply {
  private readonly socket: ServerResponse;
  private readonly heartbeat: Heartbeat;

  /** Sends the head of the reply. `beat` makes the frame of a heartbeat; without one it is a comment. */
  constructor(
    reply: FastifyReply,
    headers: Record<string, string>,
    private readonly times: ReplyTimes,
    private readonly beat?: () => string | undefined,
  ) {
    const socket = (this.socket = reply.raw);
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) socket.setHeader(name, value);
    socket.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    socket.flushHeaders();
    this.heartbeat = new Heartbeat(times.heartbeatMs, () => this.fillSilence());
  }

  /** Writes each piece separately, and waits until a slow client has read them. Closes the connection of a client that stalls for `stallTimeoutMs`. */
  async write(pieces: readonly string[]): Promise<void> {
    const { socket } = this;
    if (pieces.length === 0 || socket.destroyed) return;
    for (const piece of pieces) socket.write(piece);
    this.heartbeat.note();
    if (!(await drained(socket, this.times.stallTimeoutMs))) socket.destroy();
  }

  end(): void {
    this.heartbeat.stop();
    this.socket.end();
  }

  /** Writes a heartbeat, unless earlier frames still wait to be read. */
  private fillSilence(): void {
    const { socket } = this;
    if (!socket.destroyed && !socket.writableNeedDrain) socket.write(this.beat?.() ?? comment);
  }
}
