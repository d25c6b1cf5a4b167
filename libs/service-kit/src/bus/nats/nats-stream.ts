import { AppError, type StreamRpc } from '@antiphon/contracts';
import { endHeader, errorOf, isHeartbeat, parseInto } from './nats-messages.ts';
import type { BusReply, PartJoiner } from './nats-parts.ts';

/** The messages of a stream to its producer. */
export interface ProducerLink {
  /** Allows the producer to send this many further chunks. */
  giveCredit(creditTo: string, chunks: number): void;
  /** Called once, when the consumer reads no more. `isOver`: the producer has reported its end. */
  close(isOver: boolean): void;
}

/**
 * The consuming end of one stream: the chunks that have arrived, and the end after them. The producer's window bounds how many wait. The
 * consumer takes one chunk at a time.
 *
 * The first chunk is checked against the contract. It shows that both ends use the same contract: producers are services of this system,
 * whose contracts grow by optional fields only, and one stream comes from one process. Checking each chunk costs more than reading it.
 */
export class NatsStream<Chunk> implements AsyncIterator<Chunk, void> {
  private readonly chunks: Chunk[] = [];
  private outcome: { error?: unknown } | undefined;
  private waiter: PromiseWithResolvers<IteratorResult<Chunk, void>> | undefined;
  private creditTo: string | undefined;
  private consumed = 0;
  private isChecked = false;
  /** Set by the client, once a part of a chunk came. */
  joiner?: PartJoiner;

  constructor(
    private readonly rpc: StreamRpc<unknown, Chunk>,
    private readonly producer: ProducerLink,
    /** After how many consumed chunks the producer gets credit for as many. */
    private readonly creditEvery: number,
    /** The client's pulse at the producer's last message, at first that of the request. */
    public heardAtPulse: number,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.onAbort);
  }

  next(): Promise<IteratorResult<Chunk, void>> {
    const { consumed, creditTo } = this;
    // The chunk before the requested one is consumed.
    if (consumed > 0 && consumed % this.creditEvery === 0 && creditTo && !this.outcome)
      this.producer.giveCredit(creditTo, this.creditEvery);
    if (this.chunks.length > 0 || this.outcome) return this.take();
    this.waiter = Promise.withResolvers();
    return this.waiter.promise;
  }

  return(): Promise<IteratorResult<Chunk, void>> {
    this.chunks.length = 0;
    this.finish({}, false);
    return this.take();
  }

  onMessage(message: BusReply): void {
    this.creditTo = message.reply;
    const error = errorOf(message, this.rpc.subject);
    if (error) return this.finish({ error }, true);
    if (isHeartbeat(message)) return;
    if (message.data.length > 0 && !this.read(message)) return;
    if (message.headers?.has(endHeader)) this.finish({}, true);
    else this.settle();
  }

  /** The producer is gone: the consumer gets the earlier chunks, then the error. */
  onLost(error: AppError): void {
    this.finish({ error }, false);
  }

  /** The consumer gets the reason at once; the unread chunks are dropped, and so is an end after them. */
  private readonly onAbort = (): void => {
    this.chunks.length = 0;
    if (this.outcome) this.outcome = { error: this.signal.reason };
    else this.finish({ error: this.signal.reason }, false);
  };

  /** Reads the chunk of a message. False: it does not fit the contract. */
  private read(message: BusReply): boolean {
    if (this.isChecked)
      this.chunks.push(JSON.parse(message.string()) as Chunk); // see above
    else
      parseInto(
        this.rpc.chunk,
        message,
        (chunk) => this.chunks.push(chunk),
        (error) => this.finish({ error }, false),
      );
    this.isChecked = true;
    return !this.outcome;
  }

  private finish(outcome: { error?: unknown }, isOver: boolean): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.producer.close(isOver);
    this.settle();
  }

  private settle(): void {
    const { waiter } = this;
    this.waiter = undefined;
    waiter?.resolve(this.take());
  }

  /** The next chunk or the end, which has arrived. */
  private take(): Promise<IteratorResult<Chunk, void>> {
    const value = this.chunks.shift();
    if (value !== undefined) {
      this.consumed++;
      return Promise.resolve({ done: false, value });
    }
    this.signal.removeEventListener('abort', this.onAbort);
    // The reason of an abort is the consumer's own.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors
    if (this.outcome && 'error' in this.outcome) return Promise.reject(this.outcome.error);
    return Promise.resolve({ done: true, value: undefined });
  }
}
