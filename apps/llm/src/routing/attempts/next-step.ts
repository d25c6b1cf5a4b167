import { AppError } from '@antiphon/contracts';
import { isTransient, ProviderFault } from '../../providers/errors/provider-errors.ts';
import type { FallbackReason } from '../plan/candidate.ts';

/** What may follow a failed attempt. */
export interface NextStep {
  /** The other candidates that may get the request: all, those with a larger context window, or none. */
  others: 'all' | 'larger' | 'none';
  /** Whether a later round may ask the same candidate again. */
  mayRepeat: boolean;
}

const stop: NextStep = { others: 'none', mayRepeat: false };
const elsewhere: NextStep = { others: 'all', mayRepeat: false };
const again: NextStep = { others: 'all', mayRepeat: true };

/** The step after an error, by its kind. */
export function stepAfter(error: AppError, fallbackOn: readonly FallbackReason[]): NextStep {
  const { cause, code } = error;
  if (cause instanceof ProviderFault) {
    switch (cause.kind) {
      case 'overflow':
        return { others: 'larger', mayRepeat: false };
      case 'moderation':
        return fallbackOn.includes('content_filter') ? elsewhere : stop;
      case 'refused':
        return stop;
      case 'quota':
      case 'credentials':
      case 'unknown_model':
      case 'wrong_address':
      case 'silence':
        return elsewhere;
      case 'connection':
      case 'rate_limit':
      case 'overloaded':
      case 'busy':
      case 'failed':
      case 'tool_use_failed':
      case 'unusable':
        return again;
    }
  }
  if (isTransient(error)) return again;
  // No message of a provider: it broke its protocol, its API cannot express the request, or its entry does not offer the model.
  return code === 'model_error' || code === 'model_refused' || code === 'model_not_found' ? elsewhere : stop;
}
