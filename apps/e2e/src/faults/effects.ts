import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One effect of a tool: a request that arrived here. */
export interface Effect {
  method: string;
  path: string;
  /** The idempotency key: equal for all requests of one call. */
  key: string;
  /** Resolves when the connection closes. `aborted`: the tool disconnected before the reply. */
  closed: Promise<{ aborted: boolean; atMs: number }>;
}

/** A server on loopback that tools read and change; it records what reaches it. */
export class Effects {
  private readonly server: Server;
  private readonly effects: Effect[] = [];
  /** The held replies, by path. */
  private readonly held = new Map<string, (() => void)[]>();
  /** Called with each effect when it happens. */
  onEffect: (effect: Effect) => void = () => undefined;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<Effects> {
    const effects = new Effects();
    effects.server.listen(0, '127.0.0.1');
    await once(effects.server, 'listening');
    return effects;
  }

  get url(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  at(path: string): Effect[] {
    return this.effects.filter((effect) => effect.path === path);
  }

  /** Resolves to the effect with this number at a path, from 0, when it has happened. */
  async nth(path: string, index: number): Promise<Effect> {
    for (;;) {
      const effect = this.at(path)[index];
      if (effect) return effect;
      await delay(5);
    }
  }

  /** From now on requests at this path have their effect and get no reply. */
  hold(path: string): void {
    this.held.set(path, []);
  }

  /** From now on requests at this path get replies, with `andHeld` also the held ones. */
  release(path: string, { andHeld = false } = {}): void {
    const answers = this.held.get(path) ?? [];
    this.held.delete(path);
    if (andHeld) for (const answer of answers) answer();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _chunk of request);
    const closed = new Promise<{ aborted: boolean; atMs: number }>((resolve) => {
      response.once('close', () => resolve({ aborted: !response.writableFinished, atMs: performance.now() }));
    });
    const path = new URL(request.url ?? '/', this.url).pathname;
    const effect = {
      method: request.method ?? '',
      path,
      key: String(request.headers['idempotency-key']),
      closed,
    };
    this.effects.push(effect);
    this.onEffect(effect);
    const answer = () =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ done: path }));
    const held = this.held.get(path);
    if (held) held.push(answer);
    else answer();
  }
}
