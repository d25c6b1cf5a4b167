import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@antiphon/contracts';
import type { Dispatcher } from 'undici';
import type { Authorizer } from '../auth/authorizer.ts';
import {
  abortError,
  protocolError,
  quotedHeaders,
  statusError,
  transportError,
  withoutSecrets,
} from '../errors/provider-errors.ts';
import { type Framing, FramingError, type OnFrame } from './framing/framing.ts';

/** Turns a provider's events into pieces of an answer. Every method may throw; the stream fails then. */
export interface StreamDecoder<Piece> {
  /** Whether the answer is whole. */
  readonly isDone: boolean;
  /** The data of one event. */
  event(data: string, burst: Piece[]): void;
  /** An event or a line with the name `error`. */
  failure(data: string): Error;
  /** A whole answer in one JSON body, from servers that do not stream. */
  whole(body: string, burst: Piece[]): void;
  /** The end of the body. Throws if the answer is not whole. */
  end(burst: Piece[]): void;
}

export interface EventStreamOptions {
  provider: string;
  path: string;
  body: string | Buffer;
  /** Its secrets are removed from error messages. */
  authorizer: Pick<Authorizer, 'secrets'>;
  /** The longest wait for the answer's headers, and between two reads of it. */
  firstByteTimeoutMs: number;
  silenceTimeoutMs: number;
  /** Bytes of an answer. */
  answerBytesMax: number;
  /** Called once, with the first piece of the answer. */
  onOutput: () => void;
  /** Called once, at any end of the answer. */
  onClose: () => void;
}

/** How pieces are kept together for a consumer that does not need them as they come. */
export interface Gathering<Piece> {
  /** The same answer in fewer pieces. */
  merge: (pieces: readonly Piece[]) => Piece[];
  /** The longest time that a piece is kept: what came before an abort or a crash is lost only so far back. */
  holdMs: number;
}

/** Bytes of an error's body that are read for its message. */
const errorBodyBytesMax = 64 * 1024;
/** Once this many pieces wait for the consumer, the provider's socket is not read further. */
const waitingPiecesMax = 1024;
/** Gathered pieces are merged when there are this many, and passed on where merging leaves as many. */
const gatheredPiecesMax = 512;
/** Bytes of the body after which gathered pieces are passed on: with the largest image they fit into one message of 8 MB. */
const gatheredBytesMax = 2 * 1024 * 1024;

/**
 * A POST whose answer is a stream of events, as bursts: all pieces of one read of the socket, or with `gathering` the whole
 * answer, unless it takes longer than `holdMs` or is very long. An error comes after the pieces before it. Drives the undici pool by
 * itself, because the client library's request costs 4 times and its stream parser 3 times the CPU of this. An abort destroys the socket at once.
 */
export class EventStream<Piece> implements AsyncIterableIterator<Piece[]>, Dispatcher.DispatchHandler {
  private framing: Framing | undefined;
  private readonly text = new TextDecoder();
  /** `begun`: the answer began, and its body has yet to show whether it is events or JSON. */
  private phase: 'waiting' | 'begun' | 'events' | 'json' | 'error' = 'waiting';
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private collected = '';
  private bytes = 0;
  private hasOutput = false;
  private burst: Piece[] = [];
  private controller: Dispatcher.DispatchController | undefined;
  private outcome: { error?: Error } | undefined;
  private waiter: PromiseWithResolvers<IteratorResult<Piece[], undefined>> | undefined;
  /** Whether the burst may be taken: gathered pieces wait for the end, or until they are due. */
  private isDue: boolean;
  private holdTimer: NodeJS.Timeout | undefined;
  /** Bytes of the body when a burst was last taken. */
  private takenAtBytes = 0;

  constructor(
    private readonly pool: Dispatcher,
    private readonly options: EventStreamOptions,
    private readonly decoder: StreamDecoder<Piece>,
    private readonly signal: AbortSignal,
    private readonly gathering: Gathering<Piece> | null = null,
  ) {
    this.isDue = gathering === null;
    if (signal.aborted) {
      this.finish(abortError(signal));
      return;
    }
    signal.addEventListener('abort', this.abort, { once: true });
  }

  /** Sends the request, unless it has been aborted. */
  send(headers: Record<string, string>, framing: Framing): void {
    if (this.outcome !== undefined) return;
    this.framing = framing;
    const { options } = this;
    this.pool.dispatch(
      {
        method: 'POST',
        path: options.path,
        headers,
        body: options.body,
        headersTimeout: options.firstByteTimeoutMs,
        bodyTimeout: options.silenceTimeoutMs,
      },
      this,
    );
  }

  /** The request cannot be sent. */
  readonly refuse = (error: unknown): void => {
    if (this.outcome === undefined) this.finish(AppError.from(error));
  };

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Piece[], undefined>> {
    if (this.burst.length > 0 && this.isDue) return Promise.resolve({ done: false, value: this.takeBurst() });
    if (this.outcome?.error !== undefined) return Promise.reject(this.outcome.error);
    if (this.outcome !== undefined) return Promise.resolve({ done: true, value: undefined });
    this.waiter = Promise.withResolvers();
    return this.waiter.promise;
  }

  /** The consumer has stopped reading. */
  return(): Promise<IteratorResult<Piece[], undefined>> {
    this.finish(undefined);
    if (!this.decoder.isDone) this.controller?.abort(new Error('the consumer has stopped'));
    return Promise.resolve({ done: true, value: undefined });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.outcome !== undefined) controller.abort(new Error('the consumer has stopped'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.status = status;
    this.headers = headers;
    const type = headers['content-type'] ?? '';
    // An HTML page is not an answer of a provider, at any status.
    const isError = status < 200 || status > 299 || type.startsWith('text/html');
    this.phase = isError ? 'error' : 'begun';
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.outcome !== undefined) return;
    this.bytes += chunk.length;
    if (this.phase === 'error') {
      this.collect(chunk);
      if (this.bytes >= errorBodyBytesMax) this.fail(this.statusError());
      return;
    }
    if (this.bytes > this.options.answerBytesMax) {
      this.fail(
        protocolError(this.options.provider, `answered with more than ${this.options.answerBytesMax} bytes`),
      );
      return;
    }
    this.read(chunk);
    if (this.burst.length >= waitingPiecesMax) controller.pause();
  }

  onResponseEnd(): void {
    if (this.outcome !== undefined) return;
    if (this.phase === 'error') {
      this.fail(this.statusError());
      return;
    }
    this.decode(() => {
      if (this.phase === 'json') this.decoder.whole(this.collected, this.burst);
      else this.framing?.end(this.onFrame);
      if (!this.decoder.isDone) this.decoder.end(this.burst);
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.outcome !== undefined) return;
    if (this.phase === 'error') {
      this.finish(this.statusError());
      return;
    }
    try {
      // The answer may be complete although the connection broke.
      this.decoder.end(this.burst);
      this.finish(undefined);
    } catch {
      this.finish(transportError(this.options.provider, error, this.phase !== 'waiting'));
    }
  }

  /** The body itself shows its format: servers declare JSON as events, events as JSON, or send no content type. */
  private read(chunk: Buffer): void {
    let bytes = chunk;
    if (this.phase === 'begun') {
      const at = chunk.findIndex((byte) => !isSpace(byte));
      if (at === -1) return;
      bytes = chunk.subarray(at);
      this.phase = this.framing?.mayBeJson === true && beginsJson(bytes[0]) ? 'json' : 'events';
    }
    if (this.phase === 'json') this.collect(bytes);
    else this.decode(() => this.framing?.push(bytes, this.onFrame));
  }

  private readonly onFrame: OnFrame = (text, kind) => {
    if (this.decoder.isDone) return;
    if (kind === 'error') throw this.decoder.failure(text);
    this.decoder.event(text, this.burst);
  };

  private readonly abort = (): void => {
    this.burst = [];
    this.fail(abortError(this.signal));
  };

  private collect(chunk: Buffer): void {
    this.collected += this.text.decode(chunk, { stream: true });
  }

  private statusError(): Error {
    return statusError(this.options.provider, this.status, quotedHeaders(this.headers), this.collected);
  }

  private readingError(error: unknown): Error {
    if (error instanceof FramingError) return protocolError(this.options.provider, error.message, error);
    return error instanceof Error ? error : new Error(String(error));
  }

  /** Runs the decoder over the received bytes, then passes the burst to a waiting consumer. */
  private decode(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.fail(this.readingError(error));
      return;
    }
    if (!this.hasOutput && this.burst.length > 0) {
      this.hasOutput = true;
      this.options.onOutput();
    }
    if (this.decoder.isDone) this.finish(undefined);
    else if (this.gathering !== null) this.gather(this.gathering);
    else if (this.burst.length > 0) this.settle();
  }

  /** Keeps the pieces unless they are too many, too long or too old. */
  private gather({ merge, holdMs }: Gathering<Piece>): void {
    if (this.burst.length === 0) return;
    if (this.burst.length >= gatheredPiecesMax) this.burst = merge(this.burst);
    if (this.burst.length >= gatheredPiecesMax || this.bytes - this.takenAtBytes >= gatheredBytesMax)
      this.handOn();
    else this.holdTimer ??= setTimeout(this.handOn, holdMs);
  }

  private readonly handOn = (): void => {
    this.isDue = true;
    this.settle();
  };

  private fail(error: Error): void {
    this.finish(error);
    this.controller?.abort(error);
  }

  private finish(error: Error | undefined): void {
    if (this.outcome === undefined) {
      this.outcome =
        error === undefined ? {} : { error: withoutSecrets(error, this.options.authorizer.secrets) };
      this.signal.removeEventListener('abort', this.abort);
      clearTimeout(this.holdTimer);
      this.isDue = true;
      this.options.onClose();
    }
    this.settle();
  }

  private settle(): void {
    const waiter = this.waiter;
    if (waiter === undefined) return;
    this.waiter = undefined;
    this.next().then(waiter.resolve, waiter.reject);
  }

  private takeBurst(): Piece[] {
    const burst = this.gathering === null ? this.burst : this.gathering.merge(this.burst);
    this.burst = [];
    if (this.gathering !== null && this.outcome === undefined) this.holdAgain();
    if (this.controller?.paused === true) this.controller.resume();
    return burst;
  }

  private holdAgain(): void {
    clearTimeout(this.holdTimer);
    this.holdTimer = undefined;
    this.isDue = false;
    this.takenAtBytes = this.bytes;
  }
}

/** White space, and the bytes of a byte order mark. AWS's frames begin with none of them: their length has four bytes. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf;
}

function beginsJson(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b;
}
