import { AppError, type ErrorCode, type ErrorInfo } from '@antiphon/contracts';
import type { EncodedReply } from '../dialect.ts';
import { retryHeaders } from '../common/retry-headers.ts';

export function encodeError(error: AppError): EncodedReply {
  const headers = retryHeaders(error);
  return { status: error.status, body: { error: errorBody(error) }, ...(headers && { headers }) };
}

/** The object under `error` in a refusal and in the last event of a failed stream. */
export function errorBody({ code, message, retryAfterMs }: ErrorInfo): Record<string, unknown> {
  return {
    message,
    type: types[code],
    code,
    ...(retryAfterMs !== undefined && { retry_after: Math.ceil(retryAfterMs / 1000) }),
  };
}

const types: Record<ErrorCode, string> = {
  invalid_request: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  not_acceptable: 'invalid_request_error',
  conflict: 'conflict_error',
  precondition_failed: 'conflict_error',
  idempotency_key_reuse: 'invalid_request_error',
  idempotency_key_in_use: 'conflict_error',
  conversation_locked: 'conflict_error',
  payload_too_large: 'invalid_request_error',
  unsupported_media_type: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  tool_timeout: 'execution_error',
  max_depth_exceeded: 'execution_error',
  context_too_long: 'invalid_request_error',
  output_invalid: 'execution_error',
  model_refused: 'invalid_request_error',
  model_not_found: 'invalid_request_error',
  model_error: 'server_error',
  model_overloaded: 'server_error',
  quota_exhausted: 'server_error',
  run_timeout: 'execution_error',
  cancelled: 'execution_error',
  interrupted: 'server_error',
  unavailable: 'server_error',
  internal: 'server_error',
};
