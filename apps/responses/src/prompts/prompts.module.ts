import type { Provider } from '@nestjs/common';
import { PromptRuns } from './prompt-runs.ts';
import { PROMPT_BOUNDS, type PromptBounds, PromptStore } from './prompt.store.ts';
import { PROMPT_CONTENT_MAX, PromptsService } from './prompts.service.ts';
import { TemplateEngine, type TemplateLimits } from './templates/template-engine.ts';

export interface PromptsConfig extends PromptBounds {
  /** Characters of one version as JSON. */
  contentMax: number;
  templates: TemplateLimits;
}

/** What prompts need. */
export function promptsProviders(config: PromptsConfig): Provider[] {
  return [
    { provide: PROMPT_BOUNDS, useValue: config },
    { provide: PROMPT_CONTENT_MAX, useValue: config.contentMax },
    { provide: TemplateEngine, useFactory: () => new TemplateEngine(config.templates) },
    PromptStore,
    PromptsService,
    PromptRuns,
  ];
}
