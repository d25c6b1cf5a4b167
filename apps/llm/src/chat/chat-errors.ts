import type { AppError, ErrorCode } from '@antiphon/contracts';
import type { ErrorReply } from '@antiphon/service-kit';
import { ProviderFault } from '../providers/errors/provider-errors.ts';

interface Wording {
  status?: number;
  type: string;
  code: string | null;
}

/** OpenAI's names for our errors, where status or code differ from the usual ones. */
const wordings: Partial<Record<ErrorCode, Wording>> = {
  invalid_request: { type: 'invalid_request_error', code: null },
  unauthenticated: { type: 'authentication_error', code: 'invalid_api_key' },
  forbidden: { type: 'permission_error', code: null },
  not_found: { type: 'invalid_request_error', code: 'not_found' },
  // The stock clients throw NotFoundError for a model that does not exist.
  model_not_found: { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  context_too_long: { type: 'invalid_request_error', code: 'context_length_exceeded' },
  model_refused: { type: 'invalid_request_error', code: null },
  model_overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  quota_exhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
};

/** An error in OpenAI's shape. */
export function encodeChatError(error: AppError): ErrorReply {
  const wording = wordings[error.code];
  const type = wording?.type ?? (error.status < 500 ? 'invalid_request_error' : 'server_error');
  const code = providersCode(error) ?? (wording === undefined ? error.code : wording.code);
  return {
    status: wording?.status ?? error.status,
    body: { error: { message: error.message, type, param: error.param ?? null, code } },
  };
}

/** The provider's own code. */
function providersCode(error: AppError): string | null {
  if (error.code !== 'model_refused' || !(error.cause instanceof ProviderFault)) return null;
  const { code } = error.cause;
  return code !== null && /^\w{1,64}$/.test(code) ? code : null;
}
