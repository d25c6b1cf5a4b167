import { hostname } from 'node:os';
import {
  databaseProvider,
  type DatabaseConfig,
  LOGGER,
  type Logger,
  OutboxHint,
  outboxProvider,
  BusClient,
  SecretBox,
  Tracing,
} from '@antiphon/service-kit';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ActiveRuns } from './runs/active-runs.ts';
import { CancelHandler } from './runs/cancel.handler.ts';
import { responsesSchema } from './database/database-schema.ts';
import { LeaseKeeper } from './runs/lease-keeper.ts';
import { ResponseRunner } from './runs/response-runner.ts';
import { RunEvents } from './event-log/run-events.ts';
import { RpcLanguageModel } from './remote/rpc-language-model.ts';
import { RpcToolHost } from './remote/rpc-tool-host.ts';
import type { RuntimeConfig } from './runtime-config.ts';
import { SchemaThreads } from './schemas/schema-threads.ts';
import { AnswerStore } from './responses/answer.store.ts';
import { ConversationTurnsStore } from './conversations/conversation-turns.store.ts';
import { ServerAccessBox } from './sealed/server-access.ts';
import { ThoughtBox } from './sealed/thought-box.ts';
import { ConversationStore } from './conversations/conversation.store.ts';
import { DeliveryStore } from './webhooks/delivery.store.ts';
import { EndpointStore } from './webhooks/endpoint.store.ts';
import { ResponseStore } from './responses/response.store.ts';
import { StoredUse } from './database/stored-use.ts';
import { WebhookSecrets } from './webhooks/webhook-secrets.ts';

/** Everything that a process needs to run responses. */
@Module({})
export class RuntimeModule {
  static with(database: DatabaseConfig, config: RuntimeConfig): DynamicModule {
    const owner = `${hostname()}:${process.pid}`;
    const providers: Provider[] = [
      databaseProvider(database, responsesSchema),
      outboxProvider(config.outbox, responsesSchema.schema),
      {
        provide: StoredUse,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new StoredUse(dataSource),
      },
      {
        provide: ResponseStore,
        inject: [DataSource, OutboxHint, StoredUse],
        useFactory: (dataSource: DataSource, outbox: OutboxHint, use: StoredUse) =>
          new ResponseStore(dataSource, owner, config.store, outbox, use),
      },
      {
        provide: AnswerStore,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new AnswerStore(dataSource, config.answers),
      },
      {
        provide: ConversationTurnsStore,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new ConversationTurnsStore(dataSource, config.store),
      },
      {
        provide: ConversationStore,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new ConversationStore(dataSource, config.store),
      },
      {
        provide: DeliveryStore,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new DeliveryStore(dataSource),
      },
      {
        provide: WebhookSecrets,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) =>
          new WebhookSecrets(
            dataSource,
            SecretBox.from(config.secrets.encryptionKey),
            config.secrets.webhookSecret,
          ),
      },
      {
        provide: ServerAccessBox,
        useFactory: () => new ServerAccessBox(SecretBox.from(config.secrets.encryptionKey)),
      },
      {
        provide: ThoughtBox,
        useFactory: () => new ThoughtBox(SecretBox.from(config.secrets.encryptionKey)),
      },
      {
        provide: EndpointStore,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) =>
          new EndpointStore(dataSource, SecretBox.from(config.secrets.encryptionKey), {
            perUserMax: config.webhookEndpointsMax,
          }),
      },
      { provide: SchemaThreads, useFactory: () => new SchemaThreads() },
      { provide: ActiveRuns, inject: [BusClient], useFactory: (bus: BusClient) => new ActiveRuns(bus) },
      {
        provide: LeaseKeeper,
        inject: [ResponseStore, LOGGER],
        useFactory: (store: ResponseStore, logger: Logger) =>
          new LeaseKeeper(store, logger, config.heartbeatMs),
      },
      {
        provide: RunEvents,
        inject: [ResponseStore, BusClient],
        useFactory: (store: ResponseStore, bus: BusClient) => new RunEvents(store, bus, config.events),
      },
      {
        provide: ResponseRunner,
        inject: [
          ResponseStore,
          ActiveRuns,
          LeaseKeeper,
          RunEvents,
          BusClient,
          ServerAccessBox,
          ThoughtBox,
          SchemaThreads,
          LOGGER,
          Tracing,
        ],
        useFactory: (
          store: ResponseStore,
          runs: ActiveRuns,
          leases: LeaseKeeper,
          events: RunEvents,
          bus: BusClient,
          access: ServerAccessBox,
          thoughts: ThoughtBox,
          schemas: SchemaThreads,
          logger: Logger,
          tracing: Tracing,
        ) => {
          const model = new RpcLanguageModel(bus, config.modelWaitMs);
          return new ResponseRunner({
            store,
            runs,
            leases,
            events,
            log: config.log,
            model,
            models: model,
            tools: new RpcToolHost(bus, access, config.toolHost),
            thoughts,
            schemas,
            limits: config.run,
            logger,
            tracing,
          });
        },
      },
    ];
    return { module: RuntimeModule, controllers: [CancelHandler], providers, exports: providers };
  }
}
