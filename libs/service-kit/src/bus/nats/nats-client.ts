import { AppError, type Rpc, type StreamRpc } from '@antiphon/contracts';
import type { Msg } from '@nats-io/transport-node';
import type { TraceContext } from '../../telemetry/tracing.ts';
import { noAnswer, serviceOf } from '../bus.ts';
import type { NatsLink } from './nats-link.ts';
import {
  errorOf,
  headersOf,
  heartbeatHeader,
  isHeartbeat,
  lastChunkHeader,
  lost,
  parseInto,
  partHeader,
  takesPartsHeader,
  traceHeader,
  unreachable,
} from './nats-messages.ts';
import { type BusReply, PartJoiner } from './nats-parts.ts';
import { NatsStream } from './nats-stream.ts';

interface PendingRequest {
  onMessage(message: BusReply): void;
  onLost(error: AppError): void;
  /** The pulse of its handler's last message. Null for a call before the first one: earlier releases send no heartbeats. */
  heardAtPulse: number | null;
  /** Set once a part of a reply came. */
  joiner?: PartJoiner;
}

/** The sending half of `NatsBus`: requests, and the replies that come to them. */
export class NatsClient {
  /** Open requests, by the subject that their replies come to. */
  private readonly pending = new Map<string, PendingRequest>();
  private pulse = 0;

  constructor(
    private readonly link: NatsLink,
    /** How many chunks a producer may be ahead of its consumer. */
    private readonly window: number,
  ) {}

  async call<Request, Reply>(
    rpc: Rpc<Request, Reply>,
    request: Request,
    timeoutMs: number,
    trace: TraceContext,
    signal?: AbortSignal,
  ): Promise<Reply> {
    signal?.throwIfAborted();
    const replyTo = this.openInbox(rpc.subject);
    const answer = new Promise<Reply>((resolve, reject) => {
      const end = (settle: () => void) => {
        this.pending.delete(replyTo);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const giveUp = (error: AppError) => {
        this.link.publish(`${rpc.subject}.cancel`, replyTo);
        end(() => reject(error));
      };
      const onAbort = () => giveUp(AppError.from(signal?.reason));
      const timer = setTimeout(() => giveUp(noAnswer(rpc.subject, 'unknown')), timeoutMs);
      signal?.addEventListener('abort', onAbort);
      this.pending.set(replyTo, {
        heardAtPulse: null,
        onMessage: (message) => {
          if (isHeartbeat(message)) return;
          end(() => {
            const error = errorOf(message, rpc.subject);
            if (error) reject(error);
            else parseInto(rpc.reply, message, resolve, reject);
          });
        },
        onLost: giveUp,
      });
    });
    this.send(rpc.subject, request, replyTo, {
      [heartbeatHeader]: '1',
      [takesPartsHeader]: '1',
      [traceHeader]: trace,
    });
    return answer;
  }

  /** Sends the request at once. Throws where it cannot be sent. */
  stream<Request, Chunk>(
    rpc: StreamRpc<Request, Chunk>,
    request: Request,
    trace: TraceContext,
    signal: AbortSignal,
  ): AsyncIterator<Chunk, void> {
    signal.throwIfAborted();
    const replyTo = this.openInbox(rpc.subject);
    const producer = {
      giveCredit: (creditTo: string, chunks: number) => this.link.publish(creditTo, String(chunks)),
      close: (isOver: boolean) => {
        this.pending.delete(replyTo);
        if (!isOver) this.link.publish(`${rpc.subject}.cancel`, replyTo);
      },
    };
    const stream = new NatsStream(rpc, producer, this.window >> 1, this.pulse, signal);
    this.pending.set(replyTo, stream);
    this.send(rpc.subject, request, replyTo, {
      [lastChunkHeader]: '1',
      [takesPartsHeader]: '1',
      [traceHeader]: trace,
    });
    return stream;
  }

  /**
   * Called at each pulse, with the interval of heartbeats. Fails the requests whose handlers have been silent for more than `pulsesMax` pulses.
   * Silence is counted in pulses and not in milliseconds: a process that stood still has one pulse after it, and reads the messages that
   * arrived meanwhile before the next.
   */
  failSilent(pulsesMax: number): void {
    this.pulse++;
    for (const request of [...this.pending.values()])
      if (request.heardAtPulse !== null && this.pulse - request.heardAtPulse > pulsesMax)
        request.onLost(lost());
  }

  failAll(): void {
    for (const request of [...this.pending.values()]) request.onLost(lost());
  }

  private openInbox(subject: string): string {
    if (!this.link.isConnected || this.link.isClosing) throw unreachable();
    return this.link.newInbox(serviceOf(subject), (message) => this.onReply(message));
  }

  private onReply(message: Msg): void {
    const request = this.pending.get(message.subject);
    if (!request) return;
    request.heardAtPulse = this.pulse;
    if (message.headers?.has(partHeader)) request.joiner ??= new PartJoiner();
    const reply = request.joiner ? request.joiner.join(message) : message;
    if (reply) request.onMessage(reply);
  }

  private send(
    subject: string,
    request: unknown,
    replyTo: string,
    marks: Record<string, string | null>,
  ): void {
    try {
      this.link.publish(subject, JSON.stringify(request), { reply: replyTo, ...headersOf(marks) });
    } catch (error) {
      this.pending.get(replyTo)?.onLost(AppError.from(error));
    }
  }
}
