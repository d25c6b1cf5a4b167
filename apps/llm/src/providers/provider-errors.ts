import { AppError } from '@antiphon/contracts';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { isObject, parseObject, type UnknownObject } from './json-object.ts';

const messageLengthMax = 500;

/** A provider answered with an error status. What it says about the request is passed on; what it says about our account is not. */
export function statusError(provider: string, status: number, headers: Headers, body: string): AppError {
  const parsed = parseObject(body);
  const said = messageOf(parsed);
  const cause = APIError.generate(status, parsed, said, headers);
  if (status === 429) {
    const retryAfterMs = retryAfterOf(headers, Date.now());
    return new AppError('rate_limited', `The provider ${provider} is rate limiting; try again later`, {
      retryAfterMs,
      cause,
    });
  }
  if (saysUnknownModel(status, said, cause.code)) {
    return new AppError(
      'model_not_found',
      bounded(said ?? `The provider ${provider} does not know this model`),
      {
        param: 'model',
        cause,
      },
    );
  }
  if (cause.code === 'context_length_exceeded') {
    return new AppError('context_too_long', bounded(said ?? 'The context is too long for this model'), {
      cause,
    });
  }
  if (refusals.has(status)) {
    return new AppError(
      'model_refused',
      bounded(said ?? `The provider ${provider} refused the request (${status})`),
      { cause },
    );
  }
  if (status === 401 || status === 403) {
    return new AppError('model_error', `The provider ${provider} did not accept this server's credentials`, {
      cause,
    });
  }
  return new AppError('model_error', `The provider ${provider} failed with status ${status}`, { cause });
}

/** The statuses that say that the request itself cannot be answered. */
const refusals = new Set([400, 413, 415, 422]);

/** No answer, or half of one: the connection was refused, broke or went silent. */
export function transportError(provider: string, error: unknown, hasAnswered: boolean): AppError {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new AppError('model_error', `The provider ${provider} went silent`, {
      cause: new APIConnectionTimeoutError(),
    });
  }
  const cause = new APIConnectionError({ cause: error instanceof Error ? error : undefined });
  if (hasAnswered)
    return new AppError('model_error', `The connection to the provider ${provider} broke`, { cause });
  return new AppError('unavailable', `The provider ${provider} cannot be reached`, { cause });
}

/** An answer that ended before it was whole. */
export function unfinishedError(provider: string): AppError {
  const message = `The provider ${provider} ended its answer before it was whole`;
  return new AppError('model_error', message, { cause: new APIConnectionError({ message }) });
}

/** The provider broke the protocol. */
export function protocolError(provider: string, complaint: string, cause?: unknown): AppError {
  return new AppError('model_error', `The provider ${provider} ${complaint}`, { cause });
}

/** The caller's side ended the call. A reason that is an AppError (a timeout of the run) stands as it is. */
export function abortError(signal: AbortSignal): AppError {
  if (signal.reason instanceof AppError) return signal.reason;
  return new AppError('cancelled', 'The request was cancelled', { cause: signal.reason });
}

/**
 * Whether the same request may succeed a moment later: the provider is busy (429), failed (5xx), or the connection did not hold.
 * A silent provider is not asked again: the caller has waited long enough.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.code === 'rate_limited') return true;
  if (error.cause instanceof APIConnectionTimeoutError) return false;
  if (error.cause instanceof APIConnectionError) return true;
  return error.cause instanceof APIError && (error.cause.status ?? 0) >= 500;
}

function saysUnknownModel(status: number, said: string | undefined, code: unknown): boolean {
  if (code === 'model_not_found' || code === 'invalid_model') return status < 500;
  if (said === undefined || (status !== 404 && status !== 400)) return false;
  return (
    status === 404 || /\bmodel\b.*(not found|does not exist|not a valid|unknown)|invalid model/i.test(said)
  );
}

/** The sentence of an error body, in any of the shapes compatible servers use. */
function messageOf(body: UnknownObject | undefined): string | undefined {
  if (body === undefined) return undefined;
  const error = body['error'];
  const candidates = [isObject(error) ? error['message'] : error, body['message'], body['detail']];
  return candidates.find(
    (candidate): candidate is string => typeof candidate === 'string' && candidate !== '',
  );
}

function bounded(message: string): string {
  // Control characters have no business in a sentence, and would forge log lines.
  const clean = message
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return clean.length <= messageLengthMax ? clean : `${clean.slice(0, messageLengthMax)}…`;
}

/** `retry-after-ms`, or `Retry-After` in seconds or as a date. */
function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1000;
  const until = Date.parse(text);
  return Number.isNaN(until) ? undefined : Math.max(0, until - nowMs);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
