import type { ProviderRequest } from '../../providers/provider.ts';
import { hasResponsesOnly, isReasoningModel } from '../openai-responses/reasoning-models.ts';

/**
 * The protocol of a turn at OpenAI and Azure, which serve a model by two APIs. Chat completions refuse tools for a model that reasons, send no
 * summaries of thoughts, and do not serve every model.
 */
export function openAiProtocol(
  { model, tools, settings }: Pick<ProviderRequest, 'model' | 'tools' | 'settings'>,
  isReasoning: boolean = isReasoningModel(model),
  hasNativeTools = false,
): 'chat_completions' | 'openai_responses' {
  const needsResponses =
    hasNativeTools ||
    hasResponsesOnly(model) ||
    (isReasoning && (tools.length > 0 || settings.reasoningSummary !== undefined));
  return needsResponses ? 'openai_responses' : 'chat_completions';
}
