import type { ModelFacts } from '../../models/model-facts.ts';

/**
 * OpenAI's reasoning models by their names, also in the names of deployments and fine-tuned models: the o series, and GPT from version 5
 * except `gpt-5-chat`, which does not reason.
 */
const reasoning = /(^|[/.:_-])(o[1-9](?=-|:|$)|gpt-[5-9](?!\d)(?!-chat)|codex-)/;

/** Models of other makers and OpenAI's open ones: those that reason take sampling parameters, and chat completions serve them with tools. */
const otherMakers =
  /gpt-oss|claude|command|deepseek|gemini|glm|grok|kimi|llama|minimax|mistral|nova|phi|qwen/i;

/** Models that OpenAI serves by its Responses API only. */
const responsesOnly = /(^|[/.:_-])((o[1-9]|gpt-[5-9])[\w.-]*-(pro|codex|deep-research)(?=-|:|$)|codex-)/;

/** Whether a model of OpenAI reasons, by its name. */
export function isReasoningModel(model: string): boolean {
  return reasoning.test(model);
}

/**
 * Whether a model has the rules of OpenAI's reasoning models. What the catalogue knows counts more than the name, as deployments are named freely;
 * for models of other makers it does not count.
 */
export function hasReasoningRules(model: string, facts: Pick<ModelFacts, 'hasReasoning'> | null): boolean {
  return otherMakers.test(model) ? false : (facts?.hasReasoning ?? isReasoningModel(model));
}

/** Whether OpenAI serves a model by its Responses API only. */
export function hasResponsesOnly(model: string): boolean {
  return responsesOnly.test(model);
}
