import type { EventContract } from '@antiphon/contracts';
import type {
  BeforeApplicationShutdown,
  FactoryProvider,
  InjectionToken,
  OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../telemetry/logger.ts';
import { type EventHandler, EventListener, usualListening } from './event-listener.ts';
import { EVENT_STREAM, type ServiceEvents } from './outbox.provider.ts';

/**
 * Nest's provider for a service that does something when it hears of an event, from the app's start to before its database is closed.
 * `consumer` is what the stream remembers the service by: a name for good, which its NATS user must be allowed (deploy/nats-users.conf).
 */
export function eventListenerProvider<Data>(
  event: EventContract<Data>,
  consumer: string,
  handler: InjectionToken<EventHandler<Data>>,
): FactoryProvider<object> {
  return {
    provide: Symbol(consumer),
    inject: [EVENT_STREAM, handler, LOGGER],
    useFactory: (source: ServiceEvents, handles: EventHandler<Data>, logger: Logger) => {
      const options = { consumer, ...usualListening };
      const listener = source && new EventListener(source, event, handles, options, logger);
      return {
        onApplicationBootstrap: () => listener?.start(),
        beforeApplicationShutdown: () => listener?.stop(),
      } satisfies OnApplicationBootstrap & BeforeApplicationShutdown;
    },
  };
}
