import type { AppError, RequestIssue } from '@antiphon/contracts';
import type { EncodedReply } from '../dialect.ts';

/** `{detail}`: a sentence, or (422) the list of the faults of the request's body. */
export function encodeError(error: AppError): EncodedReply {
  if (error.code === 'invalid_request' && error.issues.length > 0)
    return { status: 422, body: { detail: error.issues.map(encodeIssue) } };
  const reply = { status: statusOf(error), body: { detail: error.message } };
  if (error.retryAfterMs === undefined) return reply;
  return { ...reply, headers: { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) } };
}

/** 422 is for faulty requests; a run that exceeds its depth is not one. */
function statusOf(error: AppError): number {
  return error.code === 'max_depth_exceeded' ? 500 : error.status;
}

function encodeIssue({ path, message, kind }: RequestIssue): Record<string, unknown> {
  return { loc: ['body', ...path], msg: message, type: types[kind] };
}

const types: Record<RequestIssue['kind'], string> = {
  missing: 'missing',
  unknown_field: 'extra_forbidden',
  wrong_type: 'type_error',
  too_large: 'too_large',
  too_small: 'too_small',
  wrong_value: 'value_error',
};
