import { MetadataScanner } from '@nestjs/core';
import { ListenerMetadataExplorer } from '@nestjs/microservices/listener-metadata-explorer.js';
import type { Bus } from '../bus/bus.ts';
import { BusServer } from '../bus/bus-server.ts';
import { busTransport } from '../bus/decorators.ts';
import { createLogger } from '../telemetry/logger.ts';

const explorer = new ListenerMetadataExplorer(new MetadataScanner());

/** Registers the handlers that controllers declare with `@Answers` and `@Subscribes`, without a Nest application around them. */
export function serve(bus: Bus, ...controllers: object[]): void {
  const server = new BusServer(bus, createLogger('test', 'silent'));
  for (const controller of controllers)
    for (const { patterns, transport, isEventHandler, extras, targetCallback } of explorer.explore(
      controller,
    ))
      if (Object.is(transport, busTransport)) {
        const handler = async (...args: unknown[]) => targetCallback.apply(controller, args) as unknown;
        const [subject] = patterns as [string]; // the decorators' own
        server.addHandler(subject, handler, isEventHandler, extras);
      }
  server.listen(() => undefined);
}
