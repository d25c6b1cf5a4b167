import type { Duplex } from 'node:stream';
import { AppError, type Caller } from '@antiphon/contracts';
import { isToolOutput, type SocketDialect } from '@antiphon/dialects';
import { type ByteRoom, type CallerLimits, type Logger, readJson } from '@antiphon/service-kit';
import type { RawData, WebSocket } from 'ws';
import type { SocketConfig } from '../config.ts';
import type { CreateService } from '../create/create.service.ts';
import { drained } from '../http/drained.ts';
import { failingInBand } from '../http/failing-in-band.ts';
import type { PromptRuns } from '../prompts/prompt-runs.ts';
import type { ConnectionTurns } from './turn-memory.ts';

export interface ResponseSocketParts {
  webSocket: WebSocket;
  /** The connection below the WebSocket. */
  socket: Duplex;
  /** Identifies the caller at each turn: a token may expire or be revoked while its connection is open. */
  authenticate: () => Promise<Caller>;
  dialect: SocketDialect;
  creates: Pick<CreateService, 'create'>;
  prompts: Pick<PromptRuns, 'complete'>;
  /** Each turn counts as a request and as a run. */
  limits: Pick<CallerLimits, 'consume' | 'hold'>;
  room: Pick<ByteRoom, 'take'>;
  memory: ConnectionTurns;
  config: SocketConfig;
  logger: Logger;
}

interface Closing {
  code: number;
  reason: string;
  lastWords?: string;
}

/** Close codes of RFC 6455. */
const goingAway = 1001;
const unsupportedData = 1003;
const policyViolation = 1008;

/** One connection. Each message creates a response; the responses run one after the other, in order. Closing the connection cancels the current run. */
export class ResponseSocket {
  private readonly waiting: Buffer[] = [];
  private readonly gone = new AbortController();
  private readonly lifetime: NodeJS.Timeout;
  private isBusy = false;
  private isAlive = true;
  private closing: Closing | undefined;

  constructor(private readonly parts: ResponseSocketParts) {
    const { webSocket, memory, dialect, config } = parts;
    const { lifetimeMs } = config;
    const limitReached = {
      code: policyViolation,
      reason: 'connection limit reached',
      lastWords: dialect.encodeLifetimeReached(lifetimeMs),
    };
    this.lifetime = setTimeout(() => this.close(limitReached), lifetimeMs).unref();
    webSocket.on('message', (data, isBinary) => this.take(data, isBinary));
    webSocket.on('pong', () => (this.isAlive = true));
    // The library closes the connection after an error, with the right code; `close` handles the rest.
    webSocket.on('error', () => undefined);
    webSocket.once('close', () => {
      clearTimeout(this.lifetime);
      this.waiting.length = 0;
      this.gone.abort();
      memory.clear();
    });
  }

  /** Pings the client. Ends a connection that has sent nothing since the last ping. */
  beat(): void {
    const { webSocket } = this.parts;
    if (!this.isAlive) return webSocket.terminate();
    this.isAlive = false;
    webSocket.ping();
  }

  /** Checks the token or key again after a revocation. If it was revoked, ends the connection and its turn at once. */
  async recheck(): Promise<void> {
    const { authenticate, dialect } = this.parts;
    try {
      await authenticate();
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code !== 'unauthenticated') return;
      const lastWords = dialect.encodeFailure(error);
      this.closing = { code: policyViolation, reason: 'the token or key was revoked', lastWords };
      this.waiting.length = 0;
      await this.hangUp(this.closing);
    }
  }

  /** Closes after the current turn; waiting turns do not start. */
  closeForShutdown(): void {
    this.close({ code: goingAway, reason: 'the server is stopping' });
  }

  private take(data: RawData, isBinary: boolean): void {
    this.isAlive = true;
    if (this.closing) return;
    if (isBinary) return this.close({ code: unsupportedData, reason: 'send messages of text' });
    if (this.waiting.length >= this.parts.config.turnsWaitingMax) return this.close(this.overrun());
    this.waiting.push(data as Buffer); // the server asks for its default, buffers
    if (!this.isBusy) void this.serve();
  }

  private async serve(): Promise<void> {
    this.isBusy = true;
    for (let message; !this.closing && (message = this.waiting.shift());) await this.answer(message);
    this.isBusy = false;
    if (this.closing) await this.hangUp(this.closing);
  }

  private async answer(data: Buffer): Promise<void> {
    const { dialect, creates, prompts, limits, room, memory, config, authenticate, logger } = this.parts;
    let message: unknown;
    const releases: (() => void)[] = [];
    try {
      const caller = await authenticate();
      limits.consume(caller, 'requests');
      releases.push(limits.hold(caller, 'runs'));
      releases.push(await room.take(data.length, caller.userId));
      message = readJson(data, { limits: config.messageLimits, mendsTextOf: isToolOutput });
      const turn = dialect.decodeTurn(message);
      const { decoded, outputCheck } = await prompts.complete(caller, turn, this.gone.signal);
      const request = { ...decoded, ...(outputCheck && { outputCheck }) };
      const encode = dialect.openTurn();
      const events = await creates.create(caller, request, { willStream: true, memory }, this.gone.signal);
      // Every event is pulled, also after the client has gone: a run ends only when its events are pulled.
      for await (const burst of failingInBand(events)) await this.send(burst.flatMap(encode));
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'internal') logger.error({ err: error.cause }, 'a turn failed');
      memory.forget(dialect.previousOf(message));
      await this.send([dialect.encodeFailure(error)]);
    } finally {
      for (const release of releases) release();
    }
  }

  private async send(messages: readonly string[]): Promise<void> {
    const { webSocket, socket } = this.parts;
    if (messages.length === 0 || webSocket.readyState !== webSocket.OPEN) return;
    // One write for the messages of a burst.
    socket.cork();
    for (const message of messages) webSocket.send(message);
    socket.uncork();
    if (!(await drained(socket, this.parts.config.stallTimeoutMs))) webSocket.terminate();
  }

  private close(closing: Closing): void {
    this.closing ??= closing;
    this.waiting.length = 0;
    if (!this.isBusy) void this.hangUp(this.closing);
  }

  private overrun(): Closing {
    const { dialect, config } = this.parts;
    const message = `At most ${config.turnsWaitingMax} turns may wait on one connection.`;
    const lastWords = dialect.encodeFailure(new AppError('rate_limited', message));
    return { code: policyViolation, reason: 'too many turns are waiting', lastWords };
  }

  private async hangUp({ code, reason, lastWords }: Closing): Promise<void> {
    if (lastWords !== undefined) await this.send([lastWords]);
    this.parts.webSocket.close(code, reason);
  }
}
