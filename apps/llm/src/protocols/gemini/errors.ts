import { AppError, type FinishReason } from '@antiphon/contracts';
import { cleanSentence } from '../../providers/errors/clean-sentence.ts';
import { ProviderFault, providerError } from '../../providers/errors/provider-errors.ts';

/** The reasons that end an answer. Source: `FinishReason` in the API references of Google AI and Vertex AI. */
const ends: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // The limit of one request: the rest of the answer needs another one.
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

/** The model's call was unusable; another attempt samples another call. */
const brokenCalls: Readonly<Record<string, string>> = {
  MALFORMED_FUNCTION_CALL: 'its form is wrong',
  UNEXPECTED_TOOL_CALL: 'it calls a tool that was not offered',
  TOO_MANY_TOOL_CALLS: 'there are too many calls in a row',
};

/**
 * The reason that a `finishReason` names; null for "not yet". Throws `model_error`, which may be retried, for an end that is none: a broken
 * call, `OTHER`, `LANGUAGE`, and words that are not known.
 */
export function readFinish(provider: string, said: unknown, explanation: unknown): FinishReason | null {
  if (typeof said !== 'string' || said === '' || said === 'FINISH_REASON_UNSPECIFIED') return null;
  const reason = Object.hasOwn(ends, said) ? ends[said] : undefined;
  if (reason !== undefined) return reason;
  const details = typeof explanation === 'string' ? cleanSentence(explanation) : '';
  const broken = Object.hasOwn(brokenCalls, said) ? brokenCalls[said] : undefined;
  if (broken !== undefined)
    throw providerError(provider, {
      body: { error: { code: 'tool_use_failed', message: details || broken } },
    });
  const word = said.replace(/\W/g, '').slice(0, 64);
  throw transientError(`The provider ${provider} dropped its answer (${word})${details && `: ${details}`}`);
}

/** The provider answered a prompt that it does not accept: there is a reason and no answer. */
export function blockedError(provider: string, reason: string, explanation: unknown): AppError {
  const word = reason.replace(/\W/g, '').slice(0, 64);
  const sentence = typeof explanation === 'string' && explanation !== '' ? `: ${explanation}` : '';
  const message = `The provider ${provider} blocked the prompt (${word})${sentence}`;
  return providerError(provider, { body: { error: { code: 'content_filter', status: 400, message } } });
}

function transientError(message: string): AppError {
  return new AppError('model_error', message, { cause: new ProviderFault(message, { kind: 'unusable' }) });
}
