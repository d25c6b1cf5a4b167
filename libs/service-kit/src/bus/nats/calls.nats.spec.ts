import 'reflect-metadata';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { closeEnd, double, natsEnd, natsEnds, natsUrl, serve } from '../testing/bus-parts.ts';

describe('a call over NATS', () => {
  it('survives a silent handler, and fails as possibly begun where its handler is gone', async () => {
    const [client, host] = await natsEnds(256, 500);
    const begun = Promise.withResolvers<void>();
    await serve(host, {
      double: () => {
        begun.resolve();
        return new Promise<number>(() => undefined);
      },
    });
    const answer = client.call(double, { value: 1 }, { timeoutMs: 60_000, waitMs: 60_000 });
    answer.catch(() => undefined); // looked at below
    await begun.promise;
    const outcome = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 800, 'alive'))]);
    expect(outcome).toBe('alive');
    await closeEnd(host);
    await expect(answer).rejects.toMatchObject({ code: 'unavailable', unanswered: 'unknown' });
  });

  it('may have begun where a service that stops ends its handler; later calls go to another instance', async () => {
    const [client, host] = await natsEnds();
    const begun = Promise.withResolvers<void>();
    await serve(host, {
      double: (_request, { signal }) => {
        begun.resolve();
        return new Promise<number>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('ended'))),
        );
      },
    });
    const patient = { timeoutMs: 60_000, waitMs: 60_000 };
    const answer = client.call(double, { value: 1 }, patient);
    answer.catch(() => undefined); // looked at below
    await begun.promise;
    await host.stopHandling(0);
    await expect(answer).rejects.toMatchObject({ unanswered: 'unknown' });
    const second = client.call(double, { value: 2 }, patient);
    const other = await natsEnd(256);
    await serve(other, { double: async ({ value }) => value * 2 });
    expect(await second).toBe(4);
  });

  it('has not begun while there is no connection, and is sent as soon as there is one', async () => {
    const relay = await NatsRelay.start();
    const client = await natsEnd(256, relay.url);
    const host = await natsEnd(256);
    await serve(host, { double: async ({ value }) => value * 2 });
    await relay.cut();
    await expect.poll(() => client.isConnected).toBe(false);
    await expect(client.call(double, { value: 1 }, 20_000)).rejects.toMatchObject({
      unanswered: 'not_begun',
    });
    const answer = client.call(double, { value: 2 }, { timeoutMs: 20_000, waitMs: 60_000 });
    await relay.mend();
    expect(await answer).toBe(4);
    await closeEnd(client);
    await relay.cut();
  });
});

/** A way to NATS that can be cut. */
class NatsRelay {
  private readonly sockets = new Set<Socket>();
  private port = 0;

  private readonly server = createServer((socket) => {
    const { hostname, port } = new URL(natsUrl);
    const onward = createConnection(Number(port), hostname);
    for (const end of [socket, onward]) {
      this.sockets.add(end);
      end.on('error', () => undefined); // one that was cut
    }
    socket.pipe(onward).pipe(socket);
  });

  static async start(): Promise<NatsRelay> {
    const relay = new NatsRelay();
    await relay.mend();
    return relay;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port; // a server that listens on TCP has one
  }

  async cut(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await once(this.server, 'close');
  }
}
