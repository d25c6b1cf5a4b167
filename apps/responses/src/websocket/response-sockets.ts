import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, type Caller } from '@antiphon/contracts';
import { openaiSocket } from '@antiphon/dialects';
import {
  ByteRoom,
  CallerLimits,
  credentialsOf,
  EntryCheck,
  limitHeaders,
  LOGGER,
  type Logger,
  metrics,
  requestIdOf,
  TokenVerifier,
} from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { SOCKET_CONFIG, type SocketConfig } from '../config.ts';
import { encodeErrorAt } from '../http/dialect-at.ts';
import { PromptRuns } from '../prompts/prompt-runs.ts';
import { CreateService } from '../create/create.service.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { ResponseSocket } from './response-socket.ts';
import { ConnectionMemory } from './turn-memory.ts';

const openSockets = new Gauge({
  name: 'response_sockets_open',
  help: 'WebSocket connections that are open',
  registers: [metrics],
});

/** How long the client may take to answer a close frame. */
const closeTimeoutMs = 2_000;

/** The WebSocket transport of the Responses API: admits connections, pings them, and closes them with the server. */
@Injectable()
export class ResponseSockets implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new Map<WebSocket, ResponseSocket>();
  private readonly webSockets: WebSocketServer;
  private readonly memory: ConnectionMemory;
  private readonly timer: NodeJS.Timeout;
  private readonly stopListening: () => void;
  private isStopping = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly entryCheck: EntryCheck,
    private readonly verifier: TokenVerifier,
    private readonly limits: CallerLimits,
    private readonly room: ByteRoom,
    private readonly creates: CreateService,
    private readonly prompts: PromptRuns,
    @Inject(SOCKET_CONFIG) private readonly config: SocketConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.webSockets = new WebSocketServer(optionsFor(config));
    this.webSockets.on('headers', (headers, request) =>
      headers.push(`x-request-id: ${String(request.headers['x-request-id'])}`),
    );
    this.memory = new ConnectionMemory(config.historyBytesMax);
    this.timer = setInterval(() => this.beat(), config.heartbeatMs).unref();
    this.stopListening = verifier.onRevoked(() => this.recheck());
  }

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server; // that of Fastify
    // An offer of another protocol (Java's client offers h2c with every request) is ignored; the request stays a plain one.
    Object.assign(server, { shouldUpgradeCallback: asksForWebSocket });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      void this.admit(request, socket, head);
    });
  }

  /** Waits for the current turns to end within the grace, and ends the remaining connections. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    const closed = Promise.all([...this.sockets.keys()].map((webSocket) => once(webSocket, 'close')));
    for (const socket of this.sockets.values()) socket.closeForShutdown();
    const cutOff = setTimeout(() => {
      for (const webSocket of this.sockets.keys()) webSocket.terminate();
    }, this.config.shutdownGraceMs + closeTimeoutMs);
    await closed;
    clearTimeout(cutOff);
    clearInterval(this.timer);
    this.stopListening();
  }

  /** Identifies the caller before the handshake, so that a refusal is an HTTP error. */
  private async admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const requestId = requestIdOf(request.headers['x-request-id']);
    request.headers['x-request-id'] = requestId;
    const { method = 'GET', url = '/', headers } = request;
    const path = url.split('?', 1)[0]?.replace(/\/$/, '') ?? '';
    const authenticate = () => this.identify(request);
    try {
      const refusal = this.entryCheck.refusalOf({ method, url, headers });
      if (refusal) throw refusal;
      if (path !== openaiSocket.path)
        throw new AppError('not_found', `There is no WebSocket at ${path.slice(0, 256)}.`);
      const caller = await authenticate();
      this.refuseBeyondBounds();
      this.limits.consume(caller, 'requests');
      this.limits.holdWhileOpen(caller, 'streams', socket);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'internal') this.logger.error({ requestId, err: error.cause }, 'a handshake failed');
      const refusal = encodeErrorAt(error, path);
      const headers = { ...refusal.headers, ...limitHeaders(error) };
      return refuseUpgrade(socket, { ...refusal, headers }, requestId);
    }
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.open(webSocket, { socket, authenticate, requestId }),
    );
  }

  private identify(request: IncomingMessage): Promise<Caller> {
    return this.verifier.verify(credentialsOf(request));
  }

  private refuseBeyondBounds(): void {
    if (this.isStopping)
      throw new AppError('unavailable', 'The server is stopping. Connect again.', { retryAfterMs: 1_000 });
    if (this.sockets.size >= this.config.connectionsMax)
      throw new AppError('unavailable', 'Too many connections are open. Try again soon.', {
        retryAfterMs: 5_000,
      });
  }

  private open(
    webSocket: WebSocket,
    {
      socket,
      authenticate,
      requestId,
    }: { socket: Duplex; authenticate: () => Promise<Caller>; requestId: string },
  ): void {
    const openedAtMs = performance.now();
    const { creates, prompts, config, limits, room } = this;
    const logger = this.logger.child({ requestId });
    const memory = this.memory.open();
    const parts = {
      webSocket,
      socket,
      authenticate,
      dialect: openaiSocket,
      creates,
      prompts,
      limits,
      room,
      memory,
      config,
      logger,
    };
    this.sockets.set(webSocket, new ResponseSocket(parts));
    openSockets.inc();
    webSocket.once('close', (code) => {
      this.sockets.delete(webSocket);
      openSockets.dec();
      logger.info({ code, ms: Math.round(performance.now() - openedAtMs) }, 'a WebSocket closed');
    });
  }

  private recheck(): void {
    for (const socket of this.sockets.values()) void socket.recheck();
  }

  private beat(): void {
    for (const socket of this.sockets.values()) socket.beat();
  }
}

function asksForWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

function optionsFor({ messageLimits }: SocketConfig): ServerOptions & { closeTimeout: number } {
  return {
    noServer: true,
    clientTracking: false,
    // Compression costs a window of memory for each connection and saves little on small messages.
    perMessageDeflate: false,
    maxPayload: messageLimits.bytesMax,
    closeTimeout: closeTimeoutMs,
  };
}
