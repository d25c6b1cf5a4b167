import { AppError } from '@antiphon/contracts';
import { cleanSentence } from './clean-sentence.ts';
import { readErrorBody } from './error-body.ts';
import {
  type AnsweredFaultKind,
  classifyFault,
  faultKinds,
  type FaultKind,
  statusOf,
} from './error-rules.ts';
import type { UnknownObject } from '../json-object.ts';

/** An error answer of a provider. */
export interface ProviderFailure {
  /** The HTTP status; omitted for errors in the middle of a stream. */
  status?: number;
  headers?: Headers;
  /** The body, as text or parsed. */
  body: unknown;
}

/** The cause of an AppError that comes from a provider. Its kind decides which attempts may follow. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  readonly kind: FaultKind;
  readonly status: number | undefined;
  /** The provider's own code for the error. */
  readonly code: string | null;
  /** Whether the same request may succeed on a retry. */
  readonly isTransient: boolean;

  constructor(
    message: string,
    options: {
      status?: number | undefined;
      code?: string | undefined;
      kind: FaultKind;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.code = options.code ?? null;
    this.kind = options.kind;
    this.isTransient = faultKinds[options.kind].isTransient;
  }
}

/**
 * Classifies an error of a provider, answered with a status or inside a stream that began with 200. The provider's sentence about the
 * request becomes part of the message, cleaned; a sentence about the operator's account does not.
 */
export function providerError(provider: string, failure: ProviderFailure): AppError {
  const body = readErrorBody(failure.body);
  const status = statusOf(failure.status, body);
  const kind = classifyFault(status, body);
  const { code, reason, isTransient, isQuoted } = faultKinds[kind];
  const said = body.sentence === undefined ? '' : cleanSentence(body.sentence);
  const sentence = isQuoted ? said : '';
  const retryAfterMs = isTransient
    ? (retryAfterOf(failure.headers, Date.now()) ?? body.retryAfterMs)
    : undefined;
  return new AppError(code, messageOf(kind, { provider, status, sentence }), {
    ...(kind === 'unknown_model' && { param: 'model' }),
    reason,
    retryAfterMs,
    cause: new ProviderFault(said || 'no message', { status, code: body.code, kind }),
  });
}

/** A provider answered with an error status. */
export function statusError(provider: string, status: number, headers: Headers, body: string): AppError {
  return providerError(provider, { status, headers, body });
}

/** The headers that an error is read with. */
export function quotedHeaders(received: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const name of ['retry-after', 'retry-after-ms', 'x-request-id']) {
    const value = received[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}

/** An error in the middle of a stream that began with 200. Some servers give it the status it would have had. */
export function streamedError(provider: string, event: UnknownObject): AppError {
  return providerError(provider, { body: event });
}

/** No answer, or half of one: the connection was refused, broke or went silent. */
export function transportError(provider: string, error: unknown, hasAnswered: boolean): AppError {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    const cause = new ProviderFault('silence', { kind: 'silence', cause: error });
    return new AppError('model_error', `The provider ${provider} went silent`, { cause });
  }
  const cause = new ProviderFault('connection', { kind: 'connection', cause: error });
  if (hasAnswered)
    return new AppError('model_error', `The connection to the provider ${provider} broke`, { cause });
  return new AppError('unavailable', `The provider ${provider} cannot be reached`, { cause });
}

/** An answer that ended before it was whole. */
export function unfinishedError(provider: string): AppError {
  const message = `The provider ${provider} ended its answer before it was whole`;
  return new AppError('model_error', message, { cause: new ProviderFault(message, { kind: 'unusable' }) });
}

/** An answer that ended well and has no content. */
export function emptyError(provider: string): AppError {
  const message = `The provider ${provider} ended its answer without any content`;
  return new AppError('model_error', message, { cause: new ProviderFault(message, { kind: 'unusable' }) });
}

/** A call whose arguments are not a JSON object. Another attempt samples another one. */
export function unreadableCallError(provider: string, tool: string): AppError {
  const message = `The model of the provider ${provider} called ${tool} with arguments that are not a JSON object`;
  return new AppError('model_error', message, { cause: new ProviderFault(message, { kind: 'unusable' }) });
}

/** The operator's credentials cannot be used, before any request of a caller is sent with them. */
export function credentialsError(provider: string, cause: unknown): AppError {
  const words = cause instanceof Error ? cleanSentence(cause.message) : 'no message';
  return new AppError(
    'model_error',
    messageOf('credentials', { provider, status: undefined, sentence: '' }),
    {
      cause: new ProviderFault(words, { kind: 'credentials', cause }),
    },
  );
}

/** The provider broke the protocol. */
export function protocolError(provider: string, complaint: string, cause?: unknown): AppError {
  return new AppError('model_error', `The provider ${provider} ${complaint}`, { cause });
}

/** The error of an aborted call. A reason that is an AppError (a timeout of the run) is returned unchanged. */
export function abortError(signal: AbortSignal): AppError {
  if (signal.reason instanceof AppError) return signal.reason;
  return new AppError('cancelled', 'The request was cancelled', { cause: signal.reason });
}

/** Removes the provider's credentials from the message: some servers repeat them. */
export function withoutSecrets(error: Error, secrets: readonly string[]): Error {
  if (!(error instanceof AppError) || !secrets.some((secret) => error.message.includes(secret))) return error;
  const { code, reason, param, retryAfterMs, cause } = error;
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, '[removed]'), error.message);
  return new AppError(code, message, { reason, param, retryAfterMs, cause });
}

/** Whether the operator has to fix a failure: an empty account, refused credentials, a wrong address, a provider that is silent. */
export function needsOperator({ code, cause }: AppError): boolean {
  return (
    cause instanceof ProviderFault &&
    !cause.isTransient &&
    (code === 'quota_exhausted' || code === 'model_error')
  );
}

/** Whether the same request may succeed a moment later: the provider is busy, failed, or the connection did not hold. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return error.cause instanceof ProviderFault ? error.cause.isTransient : error.code === 'rate_limited';
}

/** The message for callers. */
function messageOf(
  kind: AnsweredFaultKind,
  { provider, status, sentence }: { provider: string; status: number | undefined; sentence: string },
): string {
  const quoted = sentence === '' ? '' : `: ${sentence}`;
  switch (kind) {
    case 'overflow':
      return sentence || 'The context is too long for this model';
    case 'unknown_model':
      return sentence || `The provider ${provider} does not know this model`;
    case 'moderation':
      return sentence || `The provider ${provider} refused the content of the request`;
    case 'refused':
      return sentence || `The provider ${provider} refused the request (${status})`;
    case 'tool_use_failed':
      return `The model made a tool call that cannot be read${quoted}`;
    case 'quota':
      return `The account of this server's operator at the provider ${provider} has no credit or quota left`;
    case 'credentials':
      return `The provider ${provider} did not accept this server's credentials`;
    case 'overloaded':
      return `The provider ${provider} is overloaded; try again later${quoted}`;
    case 'rate_limit':
      return `The provider ${provider} is rate limiting; try again later${quoted}`;
    case 'wrong_address':
      return `The provider ${provider} has no such API at its configured address (status ${status ?? 200}); the operator must check the path of the base URL (OPENAI_BASE_URL, or base_url in the providers file), which usually ends in /v1`;
    case 'busy':
    case 'failed':
      return status === undefined
        ? `The provider ${provider} failed while it answered${quoted}`
        : `The provider ${provider} failed with status ${status}${quoted}`;
  }
}

/** `retry-after-ms`, or `Retry-After` in seconds or as a date. */
function retryAfterOf(headers: Headers | undefined, nowMs: number): number | undefined {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const text = headers?.get('retry-after') ?? null;
  if (text === null) return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1000;
  const until = Date.parse(text);
  return Number.isNaN(until) ? undefined : Math.max(0, until - nowMs);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
