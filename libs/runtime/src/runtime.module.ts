import { hostname } from 'node:os';
import { type DatabaseConfig, databaseProvider, outboxProvider, SecretBox } from '@antiphon/service-kit';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { AnswerCacheStoreModule } from './answer-cache/answer-cache-store.module.ts';
import { ConversationStoreModule } from './conversations/conversation-store.module.ts';
import { responsesSchema } from './database/database-schema.ts';
import { LEASE_OWNER, STORE_LIMITS } from './database/store-limits.ts';
import { StoredUseModule } from './database/stored-use.module.ts';
import { DecisionStoreModule } from './decisions/decision-store.module.ts';
import { EventLogModule } from './event-log/event-log.module.ts';
import { RUN_EVENTS_LIMITS } from './event-log/run-events.ts';
import { RUN_LOG_LIMITS } from './event-log/run-log.ts';
import { IdempotencyModule } from './idempotency/idempotency.module.ts';
import { RemotePortsModule } from './remote/remote-ports.module.ts';
import { MODEL_WAIT_MS } from './remote/rpc-language-model.ts';
import { TOOL_HOST_LIMITS } from './remote/rpc-tool-host.ts';
import { ANSWER_LIMITS } from './answer-cache/answer.store.ts';
import { ResponseStoreModule } from './responses/response-store.module.ts';
import { HEARTBEAT_MS } from './runs/lease-keeper.ts';
import { RUN_LIMITS } from './runs/response-runner.ts';
import { RunsModule } from './runs/runs.module.ts';
import type { RuntimeConfig } from './runtime-config.ts';
import { SchemaThreadsModule } from './schemas/schema-threads.module.ts';
import { SealingModule } from './sealed/sealing.module.ts';
import { ENDPOINT_LIMITS } from './webhooks/endpoint.store.ts';
import { WEBHOOK_SECRET } from './webhooks/webhook-secrets.ts';
import { WebhookStoreModule } from './webhooks/webhook-store.module.ts';

const features = [
  AnswerCacheStoreModule,
  ConversationStoreModule,
  DecisionStoreModule,
  EventLogModule,
  IdempotencyModule,
  RemotePortsModule,
  ResponseStoreModule,
  RunsModule,
  SchemaThreadsModule,
  SealingModule,
  StoredUseModule,
  WebhookStoreModule,
];

/** Everything that a process needs to run responses. An app imports it once; its features are there for every module of the app. */
@Module({})
export class RuntimeModule {
  static with(database: DatabaseConfig, config: RuntimeConfig): DynamicModule {
    return {
      module: RuntimeModule,
      global: true,
      imports: [RuntimeGround.with(database, config), ...features],
      exports: [RuntimeGround, ...features],
    };
  }
}

/** What the features need: the slices of the config, the database, its outbox, and the key for secrets. */
@Module({})
class RuntimeGround {
  static with(database: DatabaseConfig, config: RuntimeConfig): DynamicModule {
    const providers: Provider[] = [
      databaseProvider(database, responsesSchema),
      outboxProvider(config.outbox, responsesSchema.schema),
      { provide: SecretBox, useFactory: () => SecretBox.from(config.secrets.encryptionKey) },
      { provide: LEASE_OWNER, useValue: `${hostname()}:${process.pid}` },
      { provide: STORE_LIMITS, useValue: config.store },
      { provide: ANSWER_LIMITS, useValue: config.answers },
      { provide: RUN_LIMITS, useValue: config.run },
      { provide: RUN_LOG_LIMITS, useValue: config.log },
      { provide: RUN_EVENTS_LIMITS, useValue: config.events },
      { provide: HEARTBEAT_MS, useValue: config.heartbeatMs },
      { provide: MODEL_WAIT_MS, useValue: config.modelWaitMs },
      { provide: TOOL_HOST_LIMITS, useValue: config.toolHost },
      { provide: WEBHOOK_SECRET, useValue: config.secrets.webhookSecret },
      { provide: ENDPOINT_LIMITS, useValue: { perUserMax: config.webhookEndpointsMax } },
    ];
    return { module: RuntimeGround, global: true, providers, exports: providers };
  }
}
