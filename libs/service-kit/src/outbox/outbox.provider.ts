import type { FactoryProvider, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOGGER } from '../telemetry/logger.ts';
import { EVENT_STREAM, type ServiceEvents } from './event-stream.ts';
import type { OutboxConfig } from './outbox-config.ts';
import { OutboxRelay } from './outbox-relay.ts';

/** Wakes the relay of an outbox after a commit. */
export abstract class OutboxHint {
  abstract hint(): void;
}

/** Nest's provider for the relay of a schema's outbox: from the app's start to its end. Neither waits for NATS. */
export function outboxProvider(config: OutboxConfig, schema: string): FactoryProvider<OutboxHint> {
  return {
    provide: OutboxHint,
    inject: [DataSource, EVENT_STREAM, LOGGER],
    useFactory: (dataSource: DataSource, stream: ServiceEvents, logger: Logger) => {
      const relay = stream && new OutboxRelay(dataSource, schema, stream, config, logger);
      return {
        hint: () => relay?.hint(),
        onApplicationBootstrap: () => relay?.start(),
        onApplicationShutdown: () => relay?.stop(),
      } satisfies OutboxHint & OnApplicationBootstrap & OnApplicationShutdown;
    },
  };
}
