import type { AppError, ErrorCode } from '@antiphon/contracts';
import type { z } from 'zod';
import { retryHeaders } from '../common/retry-headers.ts';
import type { EncodedReply } from '../dialect.ts';
import type * as replies from './reply-schema.ts';

/** Statuses that the stock client repeats by itself. */
const repeated: ReadonlySet<number> = new Set([408, 409, 429]);

/** An error in Anthropic's shape, with its statuses. */
export function encodeError(error: AppError, requestId?: string): EncodedReply {
  const status = statuses[error.code] ?? error.status;
  const isHopeless = !error.retryable && (status >= 500 || repeated.has(status));
  return {
    status,
    body: errorBody(error, requestId),
    headers: {
      ...retryHeaders(error),
      ...(isHopeless && { 'x-should-retry': 'false' }),
      ...(requestId !== undefined && { 'request-id': requestId }),
    },
  };
}

/** The body of a refusal, and the event that ends a failed stream. */
export function errorBody(error: AppError, requestId?: string): z.input<typeof replies.ErrorReply> {
  const { code, reason } = error;
  const details = reason === undefined ? null : { error_code: reason };
  return {
    type: 'error',
    error: { type: types[code], message: messageOf(error), details },
    request_id: requestId ?? null,
  };
}

/** Clients recognise these two faults by Anthropic's words. */
function messageOf({ code, reason, message }: AppError): string {
  if (code === 'context_too_long') return `prompt is too long: ${message}`;
  if (reason === 'invalid_encrypted_content')
    return 'Invalid `signature` in `thinking` block: this server did not give it to you. Leave the block out.';
  return message;
}

/** Where Anthropic's status is another one than that of the code. */
const statuses: Partial<Record<ErrorCode, number>> = {
  model_not_found: 404,
  output_invalid: 500,
  max_depth_exceeded: 500,
  tool_timeout: 504,
  model_error: 500,
  quota_exhausted: 500,
  model_overloaded: 529,
  interrupted: 529,
  unavailable: 529,
};

const types: Record<ErrorCode, string> = {
  invalid_request: 'invalid_request_error',
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  not_acceptable: 'invalid_request_error',
  conflict: 'invalid_request_error',
  precondition_failed: 'invalid_request_error',
  idempotency_key_reuse: 'invalid_request_error',
  idempotency_key_in_use: 'invalid_request_error',
  conversation_locked: 'invalid_request_error',
  payload_too_large: 'request_too_large',
  unsupported_media_type: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  tool_timeout: 'timeout_error',
  max_depth_exceeded: 'api_error',
  context_too_long: 'invalid_request_error',
  output_invalid: 'api_error',
  model_refused: 'invalid_request_error',
  model_not_found: 'not_found_error',
  model_error: 'api_error',
  model_overloaded: 'overloaded_error',
  quota_exhausted: 'api_error',
  run_timeout: 'timeout_error',
  cancelled: 'api_error',
  interrupted: 'overloaded_error',
  unavailable: 'overloaded_error',
  internal: 'api_error',
};
