import { estimateInputTokens } from '../../providers/token-estimate.ts';
import { chatCompletions } from '../chat-completions/index.ts';
import { pathBelow, type Protocol } from '../protocol.ts';
import { ResponsesAnswer } from './answer.ts';
import { offeredTools } from '../hosted/native-tools.ts';
import { nativeForms } from './native-tools.ts';
import { hasReasoningRules } from './reasoning-models.ts';
import { customToolNames, toResponsesParams } from './request.ts';

/** OpenAI's Responses API. Models are listed, and texts embedded, as by chat completions. */
export const openAiResponses: Protocol = {
  name: 'openai_responses',
  turn(request, target) {
    const { native, functions } = offeredTools(request, target, nativeForms);
    const isReasoning = hasReasoningRules(request.model, target.facts);
    return {
      path: pathBelow(target, '/responses'),
      body: JSON.stringify(
        toResponsesParams({ ...request, tools: functions }, { ...target, isReasoning, native }),
      ),
      framing: 'sse',
      decoder: new ResponsesAnswer({
        provider: target.title,
        account: target.account,
        model: request.model,
        customTools: new Set(customToolNames(request.tools, target.quirks)),
        nativeTools: new Set(native.keys()),
        estimateInputTokens: () => estimateInputTokens(request),
      }),
    };
  },
  models: chatCompletions.models,
  embeddings: chatCompletions.embeddings,
  images: chatCompletions.images,
};
