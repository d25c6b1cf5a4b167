import { Egress, LOGGER } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { LLM_CONFIG } from '../config.ts';
import { createProviderSet } from './create-providers.ts';
import { ProviderSet } from './provider-set.ts';

@Module({
  providers: [{ provide: ProviderSet, inject: [LLM_CONFIG, Egress, LOGGER], useFactory: createProviderSet }],
  exports: [ProviderSet],
})
export class ProvidersModule {}
