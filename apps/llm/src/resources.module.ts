import { Egress, egressProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { type Config, LLM_CONFIG } from './config.ts';

/** Shared by all features: the config, and the egress for links in requests. */
@Module({})
export class LlmResourcesModule {
  static with(config: Config): DynamicModule {
    return {
      module: LlmResourcesModule,
      global: true,
      providers: [{ provide: LLM_CONFIG, useValue: config }, egressProvider(config.egress, 'links')],
      exports: [LLM_CONFIG, Egress],
    };
  }
}
