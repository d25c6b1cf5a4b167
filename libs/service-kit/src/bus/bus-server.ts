import type { Rpc, Signal, StreamRpc } from '@antiphon/contracts';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Logger } from 'pino';
import type { Bus } from './bus.ts';
import { busTransport, type HandlerExtras } from './decorators.ts';
import { resultOf } from './handler-error.filter.ts';

/**
 * Nest's transport for handlers declared with `@Answers` and `@Subscribes`: registers them on the bus. A stream reaches the bus as the
 * handler's own AsyncIterable, so that its consumer's window governs it.
 */
export class BusServer extends Server implements CustomTransportStrategy {
  override readonly transportId = busTransport;
  private isSubscribed = false;

  constructor(
    private readonly bus: Bus,
    private readonly log: Logger,
  ) {
    super();
  }

  override addHandler(
    subject: string,
    handler: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (!isEventHandler && this.messageHandlers.has(subject))
      throw new Error(`two handlers answer ${subject}`);
    super.addHandler(subject, handler, isEventHandler, extras);
  }

  /** Receives signals. Before the app is initialised, so that it starts nothing whose signals are missed. */
  subscribe(): void {
    if (this.isSubscribed) return;
    this.isSubscribed = true;
    for (const handler of this.messageHandlers.values()) {
      const { contract } = handler.extras as HandlerExtras; // the decorators' own
      if (contract.kind === 'signal') this.subscribeTo(contract, handler);
    }
  }

  /** Takes requests, once the app is initialised. */
  listen(callback: (error?: unknown) => void): void {
    this.subscribe();
    for (const handler of this.messageHandlers.values()) {
      const { contract } = handler.extras as HandlerExtras; // the decorators' own
      if (contract.kind === 'call') this.answer(contract, handler);
      if (contract.kind === 'stream') this.answerStream(contract, handler);
    }
    this.bus.ready().then(() => callback(), callback);
  }

  /** The bus is closed after the app: its shutdown hooks still publish. */
  close(): void {}

  on(): never {
    throw new Error('the bus has no events of its own');
  }

  unwrap<T>(): T {
    return this.bus as T;
  }

  private answer(rpc: Rpc<unknown, unknown>, handler: MessageHandler): void {
    this.bus.handle(rpc, (request, context) => resultOf(handler(request, context)));
  }

  private answerStream(rpc: StreamRpc<unknown, unknown>, handler: MessageHandler): void {
    this.bus.handleStream(
      rpc,
      (request, context) => resultOf(handler(request, context)) as Promise<AsyncIterable<unknown>>, // `@Answers` checks it
    );
  }

  private subscribeTo(signal: Signal<unknown>, handler: MessageHandler): void {
    this.bus.subscribe(signal, (payload, id) => {
      resultOf(handler(payload, { id })).catch((error: unknown) =>
        this.log.error({ subject: signal.subject, err: error }, 'a signal could not be handled'),
      );
    });
  }
}
