import { egressProvider } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import {
  APPROVALS_CONFIG,
  INPUT_FILES,
  PROMPTS_CONFIG,
  REPLY_TIMES,
  RESPONSE_WAIT_MAX_MS,
  TIMELINE_INTERVAL_MS,
  type ResponsesConfig,
  RUN_TIMES,
  SOCKET_CONFIG,
  UNSUPPORTED_TOOLS,
  TEMPLATE_LIMITS,
  WEBHOOK_SECRET_OVERLAP_MS,
} from './config.ts';

/** The slices of the config as values, and the egress guard that is made from one of them, for every module of the app. */
@Module({})
export class ConfigModule {
  static with(config: ResponsesConfig): DynamicModule {
    const providers = [
      { provide: RUN_TIMES, useValue: config.runTimes },
      { provide: REPLY_TIMES, useValue: config.replyTimes },
      { provide: RESPONSE_WAIT_MAX_MS, useValue: config.waitMaxMs },
        { provide: TIMELINE_INTERVAL_MS, useValue: config.timelineIntervalMs },
      { provide: PROMPTS_CONFIG, useValue: config.prompts },
      { provide: TEMPLATE_LIMITS, useValue: config.prompts.templates },
      { provide: WEBHOOK_SECRET_OVERLAP_MS, useValue: config.webhookSecretOverlapMs },
      { provide: APPROVALS_CONFIG, useValue: config.approvals },
      { provide: SOCKET_CONFIG, useValue: config.socket },
      { provide: INPUT_FILES, useValue: config.inputFiles },
      { provide: UNSUPPORTED_TOOLS, useValue: config.unsupportedTools },
      egressProvider(config.egress, 'links'),
    ];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
