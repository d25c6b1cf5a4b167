import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One effect of a tool, as the world outside saw it. */
export interface Effect {
  method: string;
  path: string;
  /** What tells that two requests are one call. */
  key: string;
  /** Settles when the exchange is over, with whether the tool went away before the answer. */
  closed: Promise<{ aborted: boolean; atMs: number }>;
}

/** The world that tools read and change, on loopback: it counts what reaches it. */
export class Effects {
  readonly #server: Server;
  readonly #effects: Effect[] = [];
  /** The answers that do not come, by their path. */
  readonly #held = new Map<string, (() => void)[]>();
  /** Told of each effect as it happens. */
  onEffect: (effect: Effect) => void = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<Effects> {
    const effects = new Effects();
    effects.#server.listen(0, '127.0.0.1');
    await once(effects.#server, 'listening');
    return effects;
  }

  get url(): string {
    // A server that listens on TCP has an AddressInfo.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  at(path: string): Effect[] {
    return this.#effects.filter((effect) => effect.path === path);
  }

  /** The nth effect at a path, from 0, as soon as it is there. */
  async nth(path: string, index: number): Promise<Effect> {
    for (;;) {
      const effect = this.at(path)[index];
      if (effect) return effect;
      await delay(5);
    }
  }

  /** From now on the effect at this path takes place, and its answer does not come. */
  hold(path: string): void {
    this.#held.set(path, []);
  }

  /** What comes from now on is answered, and on demand what did not get its answer. */
  release(path: string, { andHeld = false } = {}): void {
    const answers = this.#held.get(path) ?? [];
    this.#held.delete(path);
    if (andHeld) for (const answer of answers) answer();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    this.#effects.push(effect);
    this.onEffect(effect);
    const answer = () =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ done: path }));
    const held = this.#held.get(path);
    if (held) held.push(answer);
    else answer();
  }
}
