import type { AppError, ErrorCode } from '@antiphon/contracts';
import type { EncodedReply } from '../dialect.ts';
import { retryHeaders } from '../common/retry-headers.ts';

export function encodeError(error: AppError): EncodedReply {
  const { type, code } = kinds[error.code];
  const param = paramOf(error);
  const body = { message: error.message, type, code: requestCode(error) ?? code, param };
  const headers = retryHeaders(error);
  if (isUnknownPrevious(error)) return { status: 400, body: { error: { ...body, ...unknownPrevious } } };
  return {
    status: error.status,
    body: { error: { ...body, ...retryAfterOf(error) } },
    ...(headers && { headers }),
  };
}

/** At this code clients send their whole context again, which they do not at a 404. */
const unknownPrevious = { type: 'invalid_request_error', code: 'previous_response_not_found' };

function isUnknownPrevious({ code, param }: AppError): boolean {
  return code === 'not_found' && param === 'previousResponseId';
}

/**
 * The wire's name of the field at fault. Errors after the decoding have the neutral name. Errors of a run name no field, but two codes can
 * have one field only.
 */
function paramOf({ code, param }: AppError): string | null {
  if (param !== undefined) return wireParams[param] ?? param;
  if (code === 'model_not_found') return 'model';
  return code === 'context_too_long' ? 'input' : null;
}

const wireParams: Record<string, string> = {
  previousResponseId: 'previous_response_id',
  conversationId: 'conversation',
};

/**
 * The `error` of a failed response. `code` is one that the specification lists, or that clients of OpenAI's streams handle;
 * `reason` is the more exact code of this server.
 */
export function encodeRunError(error: AppError): {
  type: string;
  code: RunErrorCode;
  message: string;
  reason: string;
} {
  const { code, reason, message } = error;
  const { type, code: ownCode } = kinds[code];
  return { type, code: runErrorCode(error), message, reason: reason ?? ownCode };
}

/**
 * The `error` event of a stream, in both shapes that clients read: flat, as OpenAI's streams have it, and under `error`, as the
 * specification has it. `retry_after` is in seconds.
 */
export function encodeStreamError(error: AppError): Record<string, unknown> {
  const { type, code, message, reason } = encodeRunError(error);
  const param = paramOf(error);
  const retryAfter = retryAfterOf(error);
  return {
    code,
    message,
    param,
    ...retryAfter,
    error: { type, code, message, param, reason, ...retryAfter },
  };
}

/** The codes of the specification (`ResponseErrorCode`) that this server uses, and those of OpenAI's streams that clients handle. */
export const runErrorCodes = [
  'server_error',
  'rate_limit_exceeded',
  'invalid_prompt',
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_content_policy_violation',
  'unsupported_image_media_type',
  'failed_to_download_image',
  'context_length_exceeded',
  'insufficient_quota',
  'server_is_overloaded',
] as const;
type RunErrorCode = (typeof runErrorCodes)[number];

/** Codes for faults of the request that the list does not have. */
const faultsOfRequests: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'model_not_found']);

/** The reason or this server's code, where the list has it. */
function runErrorCode({ code, reason }: AppError): RunErrorCode {
  const listed = (word: string | undefined) => runErrorCodes.find((known) => known === word);
  const known = listed(reason) ?? listed(kinds[code].code);
  return known ?? (faultsOfRequests.has(code) ? 'invalid_prompt' : 'server_error');
}

function retryAfterOf({ retryAfterMs }: AppError): { retry_after?: number } {
  return retryAfterMs === undefined ? {} : { retry_after: Math.ceil(retryAfterMs / 1000) };
}

/** The more exact code of a refused request: the error's own reason, or the kind of fault of the field. */
function requestCode({ code, reason, issues, param }: AppError): string | null {
  if (reason !== undefined) return reason;
  if (code !== 'invalid_request' || param === undefined) return null;
  if (issues[0]?.kind === 'missing') return 'missing_required_parameter';
  return issues[0]?.kind === 'wrong_type' ? 'invalid_type' : 'invalid_value';
}

const kinds: Record<ErrorCode, { type: string; code: string }> = {
  invalid_request: { type: 'invalid_request_error', code: 'invalid_request' },
  unauthenticated: { type: 'authentication_error', code: 'invalid_api_key' },
  forbidden: { type: 'permission_error', code: 'forbidden' },
  not_found: { type: 'not_found', code: 'not_found' },
  method_not_allowed: { type: 'invalid_request_error', code: 'method_not_allowed' },
  not_acceptable: { type: 'invalid_request_error', code: 'not_acceptable' },
  conflict: { type: 'invalid_request_error', code: 'conflict' },
  precondition_failed: { type: 'invalid_request_error', code: 'precondition_failed' },
  idempotency_key_reuse: { type: 'invalid_request_error', code: 'idempotency_key_reuse' },
  idempotency_key_in_use: { type: 'invalid_request_error', code: 'idempotency_key_in_use' },
  conversation_locked: { type: 'invalid_request_error', code: 'conversation_locked' },
  payload_too_large: { type: 'invalid_request_error', code: 'payload_too_large' },
  unsupported_media_type: { type: 'invalid_request_error', code: 'unsupported_media_type' },
  rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  tool_timeout: { type: 'server_error', code: 'tool_timeout' },
  max_depth_exceeded: { type: 'server_error', code: 'max_depth_exceeded' },
  context_too_long: { type: 'invalid_request_error', code: 'context_length_exceeded' },
  output_invalid: { type: 'server_error', code: 'output_invalid' },
  model_refused: { type: 'invalid_request_error', code: 'invalid_prompt' },
  model_not_found: { type: 'invalid_request_error', code: 'invalid_model' },
  model_error: { type: 'model_error', code: 'model_error' },
  model_overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  quota_exhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  run_timeout: { type: 'server_error', code: 'run_timeout' },
  cancelled: { type: 'server_error', code: 'cancelled' },
  interrupted: { type: 'server_error', code: 'interrupted' },
  unavailable: { type: 'server_error', code: 'unavailable' },
  internal: { type: 'server_error', code: 'execution_failed' },
};
