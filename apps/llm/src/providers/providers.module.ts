import { Egress, LOGGER } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { LLM_CONFIG } from '../config.ts';
import { createProviders } from './create-providers.ts';
import { PROVIDERS } from './provider.ts';

@Module({
  providers: [{ provide: PROVIDERS, inject: [LLM_CONFIG, Egress, LOGGER], useFactory: createProviders }],
  exports: [PROVIDERS],
})
export class ProvidersModule {}
