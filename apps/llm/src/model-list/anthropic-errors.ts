import type { AppError } from '@antiphon/contracts';
import type { ErrorReply } from '@antiphon/service-kit';

/** Anthropic's names for errors, by their statuses. */
const types: Record<number, string> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** An error in Anthropic's shape. */
export function encodeAnthropicError(error: AppError, requestId?: string): ErrorReply {
  const status = statusOf(error);
  const type = types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return {
    status,
    body: { type: 'error', error: { type, message: error.message }, request_id: requestId ?? null },
    ...(requestId !== undefined && { headers: { 'request-id': requestId } }),
  };
}

function statusOf({ code, status }: AppError): number {
  if (code === 'model_not_found') return 404;
  return status === 503 ? 529 : status;
}
