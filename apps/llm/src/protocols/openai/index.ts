import { chatCompletions } from '../chat-completions/index.ts';
import { offeredTools } from '../hosted/native-tools.ts';
import { nativeForms } from '../openai-responses/native-tools.ts';
import { openAiResponses } from '../openai-responses/index.ts';
import { hasReasoningRules } from '../openai-responses/reasoning-models.ts';
import type { ProviderRequest } from '../../providers/provider.ts';
import type { ModelTarget, Protocol } from '../protocol.ts';
import type { DroppableField } from '../quirks/provider-quirks.ts';
import { openAiProtocol } from './choose-protocol.ts';

const protocols = { chat_completions: chatCompletions, openai_responses: openAiResponses };

/** Azure's older paths have chat completions only. */
const deploymentPath = /\/deployments\//;

/** OpenAI's two APIs at one base URL, of which each turn goes to the one that serves it. Models are listed, and texts embedded, by one call. */
export const openAi: Protocol = {
  ...chatCompletions,
  name: 'openai',
  turn(request, target) {
    const isReasoning = hasReasoningRules(request.model, target.facts);
    const { native } = offeredTools(request, target, nativeForms);
    const name = deploymentPath.test(target.basePath)
      ? 'chat_completions'
      : openAiProtocol(request, isReasoning, native.size > 0);
    return protocols[name].turn(request, isReasoning ? withoutSampling(request, target) : target);
  },
};

/** Fields that direct the sampling: a model that reasons refuses them. */
const samplingFields: readonly DroppableField[] = [
  ...(['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'] as const),
];

function withoutSampling({ settings }: ProviderRequest, target: ModelTarget): ModelTarget {
  if (settings.reasoningEffort === 'none') return target;
  const { quirks } = target;
  return { ...target, quirks: { ...quirks, drop_fields: [...quirks.drop_fields, ...samplingFields] } };
}
