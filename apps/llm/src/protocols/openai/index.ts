import { chatCompletions } from '../chat-completions/index.ts';
import { openAiResponses } from '../openai-responses/index.ts';
import { hasReasoningRules } from '../openai-responses/reasoning-models.ts';
import type { Protocol } from '../protocol.ts';
import { openAiProtocol } from './choose-protocol.ts';

const protocols = { chat_completions: chatCompletions, openai_responses: openAiResponses };

/** Azure's older paths have chat completions only. */
const deploymentPath = /\/deployments\//;

/** OpenAI's two APIs at one base URL, of which each turn goes to the one that serves it. Models are listed, and texts embedded, by one call. */
export const openAi: Protocol = {
  ...chatCompletions,
  name: 'openai',
  turn(request, target) {
    const name = deploymentPath.test(target.basePath)
      ? 'chat_completions'
      : openAiProtocol(request, hasReasoningRules(request.model, target.facts));
    return protocols[name].turn(request, target);
  },
};
