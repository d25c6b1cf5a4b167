import { Module } from '@nestjs/common';
import { EventLogModule } from '../event-log/event-log.module.ts';
import { RemotePortsModule } from '../remote/remote-ports.module.ts';
import { ResponseStoreModule } from '../responses/response-store.module.ts';
import { SchemaThreadsModule } from '../schemas/schema-threads.module.ts';
import { SealingModule } from '../sealed/sealing.module.ts';
import { WebhookStoreModule } from '../webhooks/webhook-store.module.ts';
import { ActiveRuns } from './active-runs.ts';
import { CancelHandler } from './cancel.handler.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { LeaseStore } from './lease.store.ts';
import { ResponseRunner } from './response-runner.ts';
import { RunPortsFactory } from './run-ports.ts';
import { RunSaver } from './run-saver.ts';

@Module({
  imports: [
    EventLogModule,
    RemotePortsModule,
    ResponseStoreModule,
    SchemaThreadsModule,
    SealingModule,
    WebhookStoreModule,
  ],
  controllers: [CancelHandler],
  providers: [ActiveRuns, LeaseKeeper, LeaseStore, ResponseRunner, RunPortsFactory, RunSaver],
  exports: [ActiveRuns, LeaseStore, ResponseRunner],
})
export class RunsModule {}
