import type { EventContract } from '@antiphon/contracts';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Logger } from 'pino';
import type { EventContext } from '../bus/bus-context.ts';
import { type ConsumerExtras, eventTransport } from '../bus/decorators.ts';
import { resultOf } from '../bus/handler-error.filter.ts';
import { defaultListening, EventListener } from './event-listener.ts';
import type { EventSource } from './event-stream.ts';

/** Nest's transport for handlers declared with `@Consumes`: a listener for each, over the durable consumers of the event stream. */
export class EventServer extends Server implements CustomTransportStrategy {
  override readonly transportId = eventTransport;
  private readonly listeners: EventListener<unknown>[] = [];

  constructor(
    private readonly source: EventSource,
    private readonly log: Logger,
  ) {
    super();
  }

  override addHandler(
    consumer: string,
    handler: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (this.messageHandlers.has(consumer)) throw new Error(`two handlers share the consumer ${consumer}`);
    super.addHandler(consumer, handler, isEventHandler, extras);
  }

  /** Does not wait for NATS. */
  listen(callback: () => void): void {
    for (const handler of this.messageHandlers.values()) {
      const { contract, consumer, atOnce } = handler.extras as ConsumerExtras; // the decorator's own
      const listener = this.listenerOf(contract, { consumer, atOnce }, handler);
      this.listeners.push(listener);
      listener.start();
    }
    callback();
  }

  /** Resolves when no event is at work any more. */
  async close(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.stop()));
  }

  on(): never {
    throw new Error('the event stream has no events of its own');
  }

  unwrap<T>(): T {
    return this.source as T;
  }

  private listenerOf(
    event: EventContract<unknown>,
    options: Pick<ConsumerExtras, 'consumer' | 'atOnce'>,
    handler: MessageHandler,
  ) {
    const handle = async (data: unknown, context: EventContext) => {
      await resultOf(handler(data, context));
    };
    return new EventListener(this.source, event, handle, { ...defaultListening, ...options }, this.log);
  }
}
