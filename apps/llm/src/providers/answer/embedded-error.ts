import { AppError } from '@antiphon/contracts';
import { APIError } from 'openai';
import { isObject, parseObject, type UnknownObject } from '../json-object.ts';
import { statusError } from '../provider-errors.ts';

/** The words by which providers name an error, and the HTTP status that the error would have had. */
const words: Record<number, readonly string[]> = {
  400: [
    ...[
      'invalid_request_error',
      'bad_request',
      'bad_request_error',
      'invalid_argument',
      'failed_precondition',
    ],
    ...['context_length_exceeded', 'exceed_context_size_error'],
  ],
  401: ['authentication_error', 'unauthenticated', 'unauthorized', 'invalid_api_key'],
  402: ['billing_error', 'payment_required', 'insufficient_balance'],
  403: ['permission_error', 'permission_denied', 'permission_denied_error', 'forbidden'],
  404: ['not_found', 'not_found_error', 'model_not_found'],
  413: ['request_too_large'],
  429: [
    ...[
      'rate_limit',
      'rate_limit_error',
      'rate_limit_exceeded',
      'rate_limit_exceeded_error',
      'too_many_requests',
    ],
    ...[
      'resource_exhausted',
      'throttling',
      'throttling_exception',
      'engine_overloaded_error',
      'insufficient_quota',
    ],
  ],
  500: ['server_error', 'api_error', 'internal', 'internal_error', 'internal_server_error'],
  502: ['bad_gateway', 'upstream_error'],
  503: [
    'overloaded',
    'unavailable',
    'service_unavailable',
    'service_unavailable_error',
    'server_is_overloaded',
  ],
  504: ['timeout', 'timeout_error', 'gateway_timeout', 'deadline_exceeded'],
  529: ['overloaded_error'],
};

const statusOfWord = new Map(
  Object.entries(words).flatMap(([status, names]) =>
    names.map((name): [string, number] => [bare(name), Number(status)]),
  ),
);

/**
 * The error that an object of an answer is: one that holds an `error`, is an error by its own `object` or `type`, says something without
 * having choices, or has MiniMax's `base_resp`. Null where it is none.
 */
export function embeddedError(provider: string, object: UnknownObject): AppError | null {
  const { error } = object;
  if (error !== undefined && error !== null && error !== '' && error !== false)
    return streamedFailure(provider, object);
  if (object['object'] === 'error' || object['type'] === 'error')
    return streamedFailure(provider, { error: object });
  const base = object['base_resp'];
  if (isObject(base) && typeof base['status_code'] === 'number' && base['status_code'] !== 0)
    return streamedFailure(provider, { error: { message: base['status_msg'] } });
  if (!('choices' in object) && (typeof object['message'] === 'string' || 'detail' in object))
    return streamedFailure(provider, object);
  return null;
}

/** The error of an event or a line that is named one. */
export function namedError(provider: string, data: string): AppError {
  const body = parseObject(data) ?? { error: { message: data } };
  return streamedFailure(provider, 'error' in body ? body : { error: body });
}

/** Classed as if the provider had answered with the status that the error names; one that names none is a failure of the provider. */
function streamedFailure(provider: string, body: UnknownObject): AppError {
  const error = isObject(body['error']) ? body['error'] : body;
  const status = statusOf(error) ?? statusOf(body);
  if (status !== undefined) return statusError(provider, status, new Headers(), JSON.stringify(body));
  return new AppError('model_error', `The provider ${provider} failed while it answered`, {
    cause: APIError.generate(500, body, undefined, new Headers()),
  });
}

function statusOf(error: UnknownObject): number | undefined {
  const { status, code, type } = error;
  const numbers = [status, code, error['status_code'], error['http_code'], type];
  const number = numbers.map(Number).find((value) => value >= 400 && value < 600);
  if (number !== undefined) return number;
  const named = [code, type, status].filter((word) => typeof word === 'string').map(bare);
  return named.map((word) => statusOfWord.get(word)).find((found) => found !== undefined);
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}
