/**
 * OpenAI's reasoning models by their names, also in the names of deployments and fine-tuned models: the o series, and GPT from version 5
 * except `gpt-5-chat`, which does not reason.
 */
const reasoning = /(^|[/.:_-])(o[1-9](?=-|:|$)|gpt-[5-9](?!\d)(?!-chat)|codex-)/;

/** Models that OpenAI serves by its Responses API only. */
const responsesOnly = /(^|[/.:_-])((o[1-9]|gpt-[5-9])[\w.-]*-(pro|codex|deep-research)(?=-|:|$)|codex-)/;

/** Whether a model of OpenAI reasons, by its name. */
export function isReasoningModel(model: string): boolean {
  return reasoning.test(model);
}

/** Whether OpenAI serves a model by its Responses API only. */
export function hasResponsesOnly(model: string): boolean {
  return responsesOnly.test(model);
}
