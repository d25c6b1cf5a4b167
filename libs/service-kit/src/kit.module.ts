import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { CallerGuard } from './auth/caller.guard.ts';
import { createCallerStrategy } from './auth/caller.strategy.ts';
import { PublishedKeys } from './auth/published-keys.ts';
import { RevocationsHandler } from './auth/revocations.handler.ts';
import { TokenVerifier } from './auth/token-verifier.ts';
import type { TokenConfig } from './config/service-config.ts';
import { EntryCheck } from './http/entry-check.ts';
import { HealthController } from './http/health.controller.ts';
import { ByteRoom } from './limits/byte-room.ts';
import { CallerLimits } from './limits/caller-limits.ts';
import { EVENT_STREAM, type ServiceEvents } from './outbox/event-stream.ts';
import type { Bus } from './bus/bus.ts';
import { BusClient } from './bus/bus-client.ts';
import { LOGGER } from './telemetry/logger.ts';
import { Readiness } from './telemetry/readiness.ts';
import { Tracing } from './telemetry/tracing.ts';

/** The providers of every service: logger, bus, readiness, tracing, room for large bodies and, for public services, the identity of callers. */
@Module({})
export class KitModule {
  static with(kit: {
    logger: Logger;
    bus: Bus;
    events: ServiceEvents;
    readiness: Readiness;
    tracing: Tracing;
    entryCheck: EntryCheck;
    room: ByteRoom;
    tokens: TokenConfig | undefined;
  }): DynamicModule {
    const providers = [
      { provide: LOGGER, useValue: kit.logger },
      { provide: BusClient, useValue: kit.bus },
      { provide: EVENT_STREAM, useValue: kit.events },
      { provide: Readiness, useValue: kit.readiness },
      { provide: Tracing, useValue: kit.tracing },
      { provide: EntryCheck, useValue: kit.entryCheck },
      { provide: ByteRoom, useValue: kit.room },
      ...(kit.tokens
        ? [
            tokenVerifier(kit.tokens, kit.bus),
            { provide: CallerLimits, useValue: new CallerLimits(kit.tokens.limits) },
            CallerGuard,
          ]
        : []),
    ];
    return {
      module: KitModule,
      global: true,
      controllers: [HealthController, ...(kit.tokens ? [RevocationsHandler] : [])],
      providers,
      exports: providers,
    };
  }
}

function tokenVerifier(config: TokenConfig, bus: BusClient) {
  const strategy = createCallerStrategy(config, new PublishedKeys(config.signingKeys));
  return {
    provide: TokenVerifier,
    useValue: new TokenVerifier(strategy, bus, {
      anonymous: config.anonymous,
      waitMs: config.signingKeys.waitMs,
    }),
  };
}
