import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { loopback } from '@antiphon/tools/processes/ports';

/** A message that a service published. */
export interface TappedMessage {
  /** The NATS user, which is the service. */
  service: string;
  subject: string;
}

/**
 * Messages that belong to no request, or to random ones: requests for the next message of a durable consumer repeat by the clock, and a stream of
 * the model is cancelled after its normal end where its last message has not been read yet.
 */
const ignoredSubjects = /^\$JS\.API\.CONSUMER\.MSG\.NEXT\.|^llm\.stream\.cancel$/;

/**
 * A proxy between the services and their NATS server. It records every message that a service publishes, and
 * needs no permission of the server.
 */
export class BusTap {
  readonly messages: TappedMessage[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(natsPort: number): Promise<BusTap> {
    const server = createServer();
    const tap = new BusTap(server);
    server.on('connection', (client) => tap.forward(client, connect({ port: natsPort, host: loopback })));
    server.listen(0, loopback);
    await once(server, 'listening');
    return tap;
  }

  get port(): number {
    // A server that listens on TCP has an AddressInfo.
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private forward(client: Socket, nats: Socket): void {
    const reader = new PublishReader((message) => this.messages.push(message));
    client.on('data', (bytes: Buffer) => reader.take(bytes));
    for (const [from, to] of [
      [client, nats],
      [nats, client],
    ] as const) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}

const lineEnd = '\r\n';

/** Reads the messages of one NATS client: lines, and after `PUB` and `HPUB` a payload whose size ends the line. */
export class PublishReader {
  private rest: Buffer = Buffer.alloc(0);
  private payloadLeft = 0;
  private service = 'unknown';

  constructor(private readonly onMessage: (message: TappedMessage) => void) {}

  take(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    for (;;) {
      const skipped = Math.min(this.payloadLeft, this.rest.length);
      this.payloadLeft -= skipped;
      this.rest = this.rest.subarray(skipped);
      const end = this.payloadLeft > 0 ? -1 : this.rest.indexOf(lineEnd);
      if (end < 0) return;
      const line = this.rest.toString('utf8', 0, end);
      this.rest = this.rest.subarray(end + lineEnd.length);
      this.readLine(line);
    }
  }

  private readLine(line: string): void {
    const [verb = '', subject = ''] = line.split(' ', 2);
    if (verb === 'CONNECT') {
      // The client library sends its options as JSON.
      const { user } = JSON.parse(line.slice(verb.length)) as { user?: string };
      this.service = user ?? 'unknown';
    }
    if (verb !== 'PUB' && verb !== 'HPUB') return;
    this.payloadLeft = Number(line.slice(line.lastIndexOf(' ') + 1)) + lineEnd.length;
    if (!ignoredSubjects.test(subject)) this.onMessage({ service: this.service, subject });
  }
}
