import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { workRoom } from '@antiphon/contracts';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { CallerGuard } from './auth/caller.guard.ts';
import { movedVariables } from './config/moved-variables.ts';
import type { ServiceConfig, TokenConfig } from './config/service-config.ts';
import { AppErrorFilter, type EncodeError, encodeErrorPlainly } from './http/app-error-filter.ts';
import { BodyAdmission, type RequestIdentifier } from './http/body/body-admission.ts';
import { ByteBudget } from './http/body/byte-budget.ts';
import { EntryCheck } from './http/entry-check.ts';
import { admitBodies, createHttpAdapter } from './http/http-server.ts';
import { LocalAccess } from './http/local-access.ts';
import { UnusedConnections } from './http/unused-connections.ts';
import type { MendsTextOf } from './http/body/read-json.ts';
import { KitModule } from './kit.module.ts';
import { exitWith, stopOnSignals } from './process-end.ts';
import { ByteRoom } from './limits/byte-room.ts';
import { EventServer } from './outbox/event-server.ts';
import { JetStreamEvents, type ServiceEvents } from './outbox/event-stream.ts';
import { BusServer } from './bus/bus-server.ts';
import { connectNats, inboxPrefixOf } from './bus/nats/nats-connection.ts';
import { defaultTiming, NatsBus, type BusTiming } from './bus/nats/nats-bus.ts';
import type { Bus } from './bus/bus.ts';
import { createLogger, nestLogger } from './telemetry/logger.ts';
import { Readiness } from './telemetry/readiness.ts';
import { returnStartMemory } from './telemetry/start-memory.ts';
import { createTracing } from './telemetry/tracing.ts';

export interface ServiceDefinition {
  name: string;
  config: { service: ServiceConfig; tokens?: TokenConfig };
  module: DynamicModule;
  /** Encodes errors. Left out: `encodeErrorPlainly`. */
  encodeError?: EncodeError;
  /** The guard that identifies callers, where it is not `CallerGuard`. */
  identifiedBy?: Type<RequestIdentifier>;
  /** Which objects of a body hold outputs of tools, whose texts are made storable instead of refused. */
  mendsTextOf?: MendsTextOf;
}

export interface RunningService {
  app: NestFastifyApplication;
  url: string;
  /** Reports unready at once; takes requests until the drain ends, finishes open ones within the grace (the configured one by default), then closes everything. */
  stop(graceMs?: number): Promise<void>;
}

@Module({})
class RootModule {}

/** Runs a service as this process: starts it, ends it on SIGTERM and SIGINT. `define` reads the environment, so that its errors are printed as one line. */
export async function boot(define: () => ServiceDefinition): Promise<void> {
  try {
    const definition = define();
    const { name, config } = definition;
    const logger = createLogger(name, config.service.logLevel);
    for (const warning of movedVariables(process.env)) logger.warn(warning);
    const connection = await connectNats(config.service.natsUrl, name, logger);
    const service = await startService(
      definition,
      new NatsBus(connection, logger, rpcTiming(config.service), inboxPrefixOf(name)),
      logger,
      new JetStreamEvents(connection, inboxPrefixOf(name)),
    );
    void connection.closed().then((error) => {
      if (error) exitWith(`the NATS connection is closed for good: ${error.message}`);
    });
    const { shutdownDrainMs, shutdownGraceMs } = config.service;
    stopOnSignals(() => service.stop(), shutdownDrainMs + shutdownGraceMs, logger);
    logger.info({ url: service.url }, 'ready');
    returnStartMemory();
  } catch (error) {
    exitWith(error);
  }
}

/** Starts a service within this process, on the given bus. Its events stay in its outbox where there is no stream. */
export async function startService(
  definition: ServiceDefinition,
  bus: Bus,
  logger: Logger,
  events: ServiceEvents = null,
): Promise<RunningService> {
  const { name, config, module, encodeError = encodeErrorPlainly, mendsTextOf } = definition;
  const readiness = new Readiness();
  if (bus.server !== null) readiness.add(bus.server, async () => assertConnected(bus), { required: false });
  const tracing = await createTracing(config.service.tracing, name, logger);
  const entryCheck = new EntryCheck(
    config.service.localAccess && new LocalAccess(config.service.localAccess, [name]),
  );
  const room = new ByteRoom(workRoom);
  const { tokens } = config;
  const kit = KitModule.with({ logger, bus, events, readiness, tracing, entryCheck, room, tokens });
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: RootModule, imports: [kit, module] },
    createHttpAdapter(config.service, { logger, tracing, entryCheck, encodeError, mendsTextOf }),
    { bodyParser: false, logger: nestLogger(logger), abortOnError: false },
  );
  app.useGlobalFilters(new AppErrorFilter(encodeError, logger));
  endConnectionsWhileStopping(app, readiness);
  const unused = new UnusedConnections(app.getHttpServer());
  admitBodies(app.getHttpAdapter().getInstance(), bodyAdmissionOf(app, definition));
  const busServer = new BusServer(bus, logger);
  app.connectMicroservice({ strategy: busServer });
  const eventServer = events && new EventServer(events, logger);
  if (eventServer) app.connectMicroservice({ strategy: eventServer });
  busServer.subscribe();
  await app.init();
  await app.startAllMicroservices();
  await app.listen(config.service.port, config.service.host);
  return {
    app,
    url: await app.getUrl(),
    stop: async (graceMs = config.service.shutdownGraceMs) => {
      readiness.stop();
      await delay(config.service.shutdownDrainMs);
      const server = app.getHttpServer();
      // One grace for all: requests over the bus and over HTTP finish side by side.
      const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
      await bus.stopHandling(graceMs);
      await eventServer?.close();
      server.closeIdleConnections();
      unused.close();
      await app.close();
      clearTimeout(cutOff);
      await bus.close();
      await tracing.stop();
    },
  };
}

function bodyAdmissionOf(
  app: NestFastifyApplication,
  { config: { service, tokens }, identifiedBy }: ServiceDefinition,
): BodyAdmission {
  const guard = identifiedBy ?? (tokens && CallerGuard);
  return new BodyAdmission({
    identifier: guard ? app.get<RequestIdentifier>(guard, { strict: false }) : null,
    budget: new ByteBudget(service.unidentifiedBytesPerMinute),
    bytesMax: service.bodyLimits.bytesMax,
    room: app.get(ByteRoom, { strict: false }),
  });
}

/**
 * Closing a connection while its client sends the next request fails that request. So answers during the drain end their
 * connections, and at its end only idle ones are left.
 */
function endConnectionsWhileStopping(app: NestFastifyApplication, readiness: Readiness): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      if (readiness.isStopping) void reply.header('connection', 'close');
      done();
    });
}

function rpcTiming({ rpcHeartbeatMs, rpcSilenceMaxMs }: ServiceConfig): BusTiming {
  return { ...defaultTiming, heartbeatMs: rpcHeartbeatMs, silenceMaxMs: rpcSilenceMaxMs };
}

function assertConnected(bus: Bus): void {
  if (!bus.isConnected) throw new Error('not connected');
}
