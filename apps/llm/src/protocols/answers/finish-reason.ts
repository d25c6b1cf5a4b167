import { AppError, type FinishReason } from '@antiphon/contracts';
import { ProviderFault } from '../../providers/errors/provider-errors.ts';

/**
 * The words of providers for the reasons why a model stopped. Only words in these lists count as an end: an unknown word may mean that part of the
 * answer was dropped, and a partial answer must not count as complete.
 * Sources: the API references of OpenAI, Azure, Anthropic, Gemini, Mistral, Cohere, Z.ai, Bedrock, watsonx, Hugging Face TGI and LM Studio.
 */
const words: Record<FinishReason, readonly string[]> = {
  stop: [
    ...[
      'stop',
      'stop_sequence',
      'end',
      'end_turn',
      'eos',
      'eos_token',
      'eos_found',
      'complete',
      'completed',
      'done',
    ],
  ],
  tool_calls: ['tool_calls', 'tool_call', 'function_call', 'tool_use'],
  length: [
    ...['length', 'max_tokens', 'max_output_tokens', 'max_length', 'token_limit', 'model_length'],
    ...['model_context_window_exceeded', 'context_length_reached', 'max_predicted_tokens_reached'],
  ],
  content_filter: [
    ...[
      'content_filter',
      'content_filtered',
      'safety',
      'recitation',
      'blocklist',
      'prohibited_content',
      'spii',
    ],
    ...['sensitive', 'refusal', 'guardrail_intervened', 'error_toxic'],
    ...['image_safety', 'image_prohibited_content', 'image_recitation'],
  ],
  // Only where its protocol knows what to do with it.
  pause: [],
};

/** The words of servers for "not yet", besides null. */
const noReasons = new Set(['', 'null']);

const reasonOfWord = new Map(
  // The keys of `words` are exactly the finish reasons.
  (Object.keys(words) as FinishReason[]).flatMap((reason) =>
    words[reason].map((word): [string, FinishReason] => [bare(word), reason]),
  ),
);

/**
 * The reason that a `finish_reason` names, in any case and spelling (`MAX_TOKENS`, `maxTokens`); null where it names none. Throws
 * `model_error`, which may be retried, for every other word: `MALFORMED_FUNCTION_CALL`, `abort`, `cancelled`, `error`.
 */
export function readFinishReason(provider: string, said: unknown): FinishReason | null {
  if (typeof said !== 'string' || noReasons.has(said)) return null;
  const reason = reasonOfWord.get(bare(said));
  if (reason === undefined) throw abandonedError(provider, said);
  return reason;
}

/** The gravest of several reasons: an incomplete answer counts before a complete one. */
export function gravestReason(said: ReadonlySet<FinishReason>): FinishReason | undefined {
  return (['content_filter', 'length', 'tool_calls', 'stop'] as const).find((reason) => said.has(reason));
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const wordLengthMax = 64;

/** Its cause makes it a failure that may be retried, like a broken connection. */
function abandonedError(provider: string, said: string): AppError {
  const word = said.replace(/[^\w .:-]/g, '').slice(0, wordLengthMax);
  const message = `The provider ${provider} dropped its answer ("${word}")`;
  return new AppError('model_error', message, {
    cause: new ProviderFault(message, { kind: 'unusable' }),
  });
}
