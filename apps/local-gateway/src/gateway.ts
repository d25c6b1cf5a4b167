import {
  collectProcessMetrics,
  LocalAccess,
  PublishedKeys,
  UnusedConnections,
} from '@antiphon/service-kit/light';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify from 'fastify';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { GatewayConfig } from './config.ts';
import { ExchangeHandler } from './exchange-handler.ts';
import type { KongConfig } from './routing/kong-config.ts';
import { PluginChain } from './plugins/plugin-chain.ts';
import { createPluginFactory } from './plugins/create-plugin.ts';
import { Router } from './routing/router.ts';
import { Upstreams } from './proxy/upstreams.ts';

/**
 * The stand-in for Kong in the local stack. Plain Fastify instead of Nest: there are no controllers and nothing to inject, and each layer
 * costs time on every request of the whole system.
 */
export class Gateway {
  private readonly config: GatewayConfig;
  private readonly log: Logger;
  private readonly keys: PublishedKeys;
  private readonly localAccess: LocalAccess | null;
  private readonly upstreams: Upstreams;
  private readonly handler: ExchangeHandler;
  private readonly metrics = new Registry();
  private readonly server: FastifyInstance;
  private readonly unused: UnusedConnections;
  private readonly tunnels = new Set<Duplex>();
  private isClosing = false;

  constructor(config: GatewayConfig, kong: KongConfig, log: Logger) {
    this.config = config;
    this.log = log;
    this.keys = new PublishedKeys(config.signingKeys);
    this.localAccess = config.localAccess && new LocalAccess(config.localAccess);
    this.upstreams = new Upstreams(config.upstreams);
    const createPlugin = createPluginFactory({
      config,
      kong,
      keys: this.keys,
      metrics: this.metrics,
      localAccess: this.localAccess,
    });
    this.handler = new ExchangeHandler({
      router: new Router(kong),
      plugins: new PluginChain(kong, createPlugin),
      upstreams: this.upstreams,
      log,
      bodyBytesMax: config.connections.bodyBytesMax,
      closeTimeoutMs: config.connections.closeTimeoutMs,
      isClosing: () => this.isClosing,
    });
    collectProcessMetrics(this.metrics);
    this.server = this.createServer();
    this.unused = new UnusedConnections(this.server.server);
  }

  /** Resolves to the address when requests are accepted. */
  async listen(): Promise<AddressInfo> {
    await this.server.listen({ host: this.config.host, port: this.config.port });
    void this.keys.load();
    // A listening server has an AddressInfo.
    return this.server.server.address() as AddressInfo;
  }

  /** Stops accepting requests, waits for the running ones within the grace, then ends the rest. */
  async close(): Promise<void> {
    this.isClosing = true;
    const { server } = this.server;
    const grace = setTimeout(() => {
      for (const socket of this.tunnels) socket.destroy();
      server.closeAllConnections();
    }, this.config.shutdownGraceMs);
    this.unused.close();
    await this.server.close();
    clearTimeout(grace);
    await this.upstreams.destroy();
  }

  private createServer(): FastifyInstance {
    const { connections } = this.config;
    const app = Fastify({
      keepAliveTimeout: connections.keepAliveMs,
      requestTimeout: connections.requestTimeoutMs,
      forceCloseConnections: 'idle',
      http: {
        // Longer than the keep-alive, otherwise a kept connection is cut while a request arrives.
        headersTimeout: connections.keepAliveMs + 1_000,
        // It ignores offers of other protocols (Java's client offers h2c with every request).
        shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
      },
    });
    app.server.maxConnections = connections.max;
    this.answerForItself(app);
    this.passOn(app);
    return app;
  }

  /** The gateway's own routes have a prefix, so that they hide no routed path. The services check relayed requests themselves. */
  private answerForItself(app: FastifyInstance): void {
    const onRequest: onRequestHookHandler = (request, reply, done) => {
      const refusal = this.localAccess?.refusalOf(request);
      if (refusal) void reply.status(refusal.status).send({ message: refusal.message });
      else done();
    };
    app.get('/-/healthz', { onRequest }, () => ({ status: 'ok' }));
    app.get('/-/metrics', { onRequest }, async (_request, reply) =>
      reply.type(this.metrics.contentType).send(await this.metrics.metrics()),
    );
  }

  private passOn(app: FastifyInstance): void {
    app.all('*', {
      // In the hook instead of the handler, so that bodies of any type pass unparsed.
      onRequest: (request, reply) => {
        reply.hijack();
        this.handler.request(request.raw, reply.raw).then(
          () => this.dropIdleConnections(),
          (cause: unknown) => {
            this.log.error({ err: cause }, 'request failed');
            reply.raw.destroy();
          },
        );
      },
      handler: () => undefined,
    });
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.tunnels.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.tunnels.delete(socket));
      this.handler.upgrade(request, socket, head).catch((cause: unknown) => {
        this.log.error({ err: cause }, 'upgrade failed');
        socket.destroy();
      });
    });
  }

  /** Closes connections whose last request ended during the shutdown; otherwise they would stay open for their keep-alive. */
  private dropIdleConnections(): void {
    if (this.isClosing) setImmediate(() => this.server.server.closeIdleConnections());
  }
}
