import { z } from 'zod';
import { ModelAttempt } from './response/turns/model-attempt.ts';
import { issuesOf, type RequestIssue } from './validation/issues.ts';
import { nameOf } from './validation/request-path.ts';

/**
 * Every way a request or a run can fail, with the HTTP status it has unless a dialect says otherwise and
 * whether the same request may succeed when it is sent again.
 */
export const errorCodes = {
  invalid_request: { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  /** The caller does not accept the kind of answer that it requested. */
  not_acceptable: { status: 406, retryable: false },
  conflict: { status: 409, retryable: false },
  /** The resource has changed since the caller read it. */
  precondition_failed: { status: 412, retryable: false },
  /** The idempotency key belongs to another request. */
  idempotency_key_reuse: { status: 422, retryable: false },
  /** The request with this idempotency key is still running, or left no response that could be returned again. */
  idempotency_key_in_use: { status: 409, retryable: false },
  /** Another run of the conversation is in progress; turns of one conversation do not interleave. */
  conversation_locked: { status: 409, retryable: true },
  payload_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  rate_limited: { status: 429, retryable: true },
  /** A tool did not answer in time and the run could not go on without it. */
  tool_timeout: { status: 408, retryable: false },
  /** The model called tools in more turns than the run may have. */
  max_depth_exceeded: { status: 422, retryable: false },
  /** The context does not fit: the caller forbids cutting it, or the provider reports that it is too long for the model. */
  context_too_long: { status: 400, retryable: false },
  /** The model's answer does not have the requested form, also after the allowed attempts. */
  output_invalid: { status: 422, retryable: false },
  /** The provider refused the content or the settings of the request. */
  model_refused: { status: 400, retryable: false },
  /** No provider serves the requested model. */
  model_not_found: { status: 400, retryable: false },
  /** The provider failed or broke its own API; never the caller's fault. */
  model_error: { status: 502, retryable: true },
  /** The provider has no capacity for the request right now. */
  model_overloaded: { status: 503, retryable: true },
  /** The operator's account at the provider has no credit or quota left; only the operator can change that. */
  quota_exhausted: { status: 502, retryable: false },
  /** The run exceeded its time. */
  run_timeout: { status: 504, retryable: false },
  /** The run was cancelled, or its caller went away. */
  cancelled: { status: 499, retryable: false },
  /** The process that ran the response is gone, and a foreground run cannot go on in another process. */
  interrupted: { status: 503, retryable: true },
  /** A part of the system that the request needs does not answer right now. */
  unavailable: { status: 503, retryable: true },
  internal: { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof errorCodes;

/** The codes as a schema, for errors that travel between services. */
export const ErrorCode = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);

/** A model at a provider, by the operator's name for the provider and the provider's name for the model. */
export const ModelSource = z.object({ provider: z.string().max(200), model: z.string().max(1_000) });
export type ModelSource = z.infer<typeof ModelSource>;

/** An error as it is stored: no cause, no stack. */
export const ErrorInfo = z.object({
  code: ErrorCode,
  message: z.string(),
  /** A more exact code than `code`, where an API has one: `prompt_variable_missing`. */
  reason: z.string().optional(),
  /** The request field that is wrong, in the words of the neutral model (`settings.temperature`). */
  param: z.string().optional(),
  retryAfterMs: z.number().nonnegative().optional(),
  /** The model whose answer broke off after it had begun. */
  source: ModelSource.optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

/** An error as it travels between services. */
export const ErrorMessage = ErrorInfo.extend({
  /** The attempts at a model turn that failed. */
  attempts: z.array(ModelAttempt).optional(),
});
export type ErrorMessage = z.infer<typeof ErrorMessage>;

/**
 * What is known of a call to another service that has no answer. `not_begun`: no service started it, so it may be repeated, whatever it does.
 * `unknown`: it may have started, and may have taken effect. A handler that does not start throws `refused`; its caller reads `not_begun`.
 */
export const Unanswered = z.enum(['not_begun', 'unknown', 'refused']);
export type Unanswered = z.infer<typeof Unanswered>;
/** How much of a limit is left, and when all of it is available again. */
export interface RateState {
  limit: number;
  remaining: number;
  resetMs: number;
}

export interface AppErrorOptions {
  reason?: string | undefined;
  param?: string | undefined;
  /** The faults of the request's body, for dialects that list them. They neither travel between services nor are they stored. */
  issues?: readonly RequestIssue[] | undefined;
  retryAfterMs?: number | undefined;
  /** The model whose answer broke off after it had begun, so that a repeated turn may go elsewhere. */
  source?: ModelSource | undefined;
  /** The attempts at a model turn that failed. They travel between services and are not part of the stored error. */
  attempts?: readonly ModelAttempt[] | undefined;
  /** Set where a call to another service has no answer. It is neither shown nor stored. */
  unanswered?: Unanswered | undefined;
  /** The limit that a `rate_limited` request has reached, for the headers of its answer. It neither travels between services nor is it stored. */
  rate?: RateState | undefined;
  cause?: unknown;
}

/** The one error class. Its message is written for the caller and shows nothing of the layers below. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly param: string | undefined;
  readonly issues: readonly RequestIssue[];
  readonly retryAfterMs: number | undefined;
  readonly source: ModelSource | undefined;
  readonly attempts: readonly ModelAttempt[];
  readonly unanswered: Unanswered | undefined;
  readonly rate: RateState | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.param = options.param;
    this.issues = options.issues ?? [];
    this.retryAfterMs = options.retryAfterMs;
    this.source = options.source;
    this.attempts = options.attempts ?? [];
    this.unanswered = options.unanswered;
    this.rate = options.rate;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  /** The form that is stored. */
  toInfo(): ErrorInfo {
    return {
      code: this.code,
      message: this.message,
      ...(this.reason !== undefined && { reason: this.reason }),
      ...(this.param !== undefined && { param: this.param }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
      ...(this.source !== undefined && { source: this.source }),
    };
  }

  /** The form that travels between services. */
  toMessage(): ErrorMessage {
    return { ...this.toInfo(), ...(this.attempts.length > 0 && { attempts: [...this.attempts] }) };
  }

  static fromInfo(info: ErrorInfo | ErrorMessage): AppError {
    return new AppError(info.code, info.message, info);
  }

  /** The only place that classifies unknown values: an unknown error becomes `internal`, and is kept as the cause for the log. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (error instanceof z.ZodError) {
      const [issue] = issuesOf(error);
      return new AppError('invalid_request', issue?.message ?? 'The request is malformed', {
        param: nameOf(issue?.path ?? []) || undefined,
        cause: error,
      });
    }
    if (isConnectionFailure(error)) {
      return new AppError('unavailable', 'A part of the system does not answer right now. Try again soon.', {
        retryAfterMs: 2_000,
        cause: error,
      });
    }
    return new AppError('internal', 'Internal error', { cause: error });
  }
}

/** The error at the end of a chain of causes; the error itself where it has no cause. Causes that are not errors end the chain. */
export function deepestCause(error: unknown): unknown {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest;
}

/** The error codes of sockets and PostgreSQL when the other side is away, starting, stopping, full or too slow. */
const connectionFailures =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|57014|57P0[1-3]|08\w{3}|53300|55P03|40001|40P01|25P03|UND_ERR_(SOCKET|CONNECT_TIMEOUT))$/;

function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && connectionFailures.test(String(error.code))) return true;
  // Messages of pg without a code: no connection became free in time, or a connection broke or was silent during a query.
  return /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/.test(
    error.message,
  );
}
