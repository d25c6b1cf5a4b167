import { egressProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { BACKGROUND_CONFIG, DELIVERY_CONFIG, SWEEP_CONFIG, type WorkerConfig } from './config.ts';

/** The slices of the config as values, and the egress guard of webhooks, for every module of the app. */
@Module({})
export class WorkerConfigModule {
  static with({ background, webhooks, sweep, egress }: WorkerConfig): DynamicModule {
    const providers = [
      { provide: BACKGROUND_CONFIG, useValue: background },
      { provide: DELIVERY_CONFIG, useValue: webhooks },
      { provide: SWEEP_CONFIG, useValue: sweep },
      egressProvider(egress, 'webhooks'),
    ];
    return { module: WorkerConfigModule, global: true, providers, exports: providers };
  }
}
