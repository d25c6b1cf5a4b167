import { Module } from '@nestjs/common';
import { QuotasModule } from '../quotas/quotas.module.ts';
import { PromptChangesStore } from './prompt-changes.store.ts';
import { PromptRuns } from './prompt-runs.ts';
import { PromptStore } from './prompt.store.ts';
import { PromptsController } from './prompts.controller.ts';
import { PromptsService } from './prompts.service.ts';
import { TemplateEngine } from './templates/template-engine.ts';

/** Stored prompts, their versions, and the creates that they become. */
@Module({
  imports: [QuotasModule],
  controllers: [PromptsController],
  providers: [PromptStore, PromptChangesStore, PromptsService, PromptRuns, TemplateEngine],
  exports: [PromptRuns],
})
export class PromptsModule {}
