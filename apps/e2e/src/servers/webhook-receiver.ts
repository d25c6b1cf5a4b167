import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A received webhook. */
export interface Delivery {
  path: string;
  headers: Record<string, string>;
  atMs: number;
  /** The body's exact text, which the signature covers. */
  body: string;
}

/** The reply of the receiver: `hang` sends none, `flood` accepts the webhook and never ends its reply. */
type Answer = number | 'hang' | 'flood' | { status: number; headers: Record<string, string> };
/** A reply, or a function that chooses it when a webhook arrives. */
export type ReceiverAnswer = Answer | (() => Answer);

/** Receives webhooks on loopback. Each test has a path of its own, with a list of replies. */
export class WebhookReceiver {
  private readonly server: Server;
  private readonly deliveries: Delivery[] = [];
  private readonly answers = new Map<string, ReceiverAnswer[]>();
  private waiting: { path: string; count: number; resolve: () => void }[] = [];

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  /** Returns a URL for webhooks with these replies in turn, the last one repeated; the default is 200. */
  at(name: string, ...answers: ReceiverAnswer[]): string {
    const path = `/${name}`;
    this.answers.set(path, answers);
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  deliveriesAt(name: string): Delivery[] {
    return this.deliveries.filter(({ path }) => path === `/${name}`);
  }

  /** Resolves to the first `count` deliveries at a URL. */
  async received(name: string, count: number): Promise<Delivery[]> {
    if (this.deliveriesAt(name).length < count) {
      await new Promise<void>((resolve) => this.waiting.push({ path: `/${name}`, count, resolve }));
    }
    return this.deliveriesAt(name).slice(0, count);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // an IncomingMessage without encoding yields buffers
    const path = request.url ?? '/';
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    this.deliveries.push({
      path,
      headers,
      atMs: performance.now(),
      body: Buffer.concat(chunks).toString('utf8'),
    });
    const count = this.deliveries.filter((delivery) => delivery.path === path).length;
    this.waiting = this.waiting.filter((waiter) => {
      if (waiter.path !== path || waiter.count > count) return true;
      waiter.resolve();
      return false;
    });
    const answers = this.answers.get(path) ?? [];
    const given = answers[count - 1] ?? answers.at(-1) ?? 200;
    const answer = typeof given === 'function' ? given() : given;
    if (answer === 'hang') return;
    if (answer === 'flood') return flood(response);
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.writeHead(answer.status, answer.headers).end();
  }
}

/** Writes for as long as the client reads. */
function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const block = Buffer.alloc(64 * 1024, 'x');
  const write = () => {
    while (!response.destroyed && response.write(block));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
}
