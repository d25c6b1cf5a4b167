import { lastAnswered, type Response } from '@antiphon/contracts';

const nameLengthMax = 200;

/**
 * Headers that say where a response was answered: `x-model-provider` (the operator's name for the provider) and `x-model-used` (the provider's name for the model), of
 * the last answer. A name that a header cannot carry is encoded as in a URL.
 */
export function answeredBy({ turns }: Response): Record<string, string> {
  const { provider = null, model = null } = lastAnswered(turns) ?? {};
  return {
    ...(provider !== null && { 'x-model-provider': headerText(provider) }),
    ...(model !== null && { 'x-model-used': headerText(model) }),
  };
}

/** Providers choose the names of models freely; headers take ASCII only. */
function headerText(name: string): string {
  const text = name.slice(0, nameLengthMax).toWellFormed();
  return /^[\x21-\x7e]+$/.test(text) ? text : encodeURIComponent(text);
}
