import { AppError } from '@antiphon/contracts';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';

/** The HTTP answer for an error. */
export interface ErrorReply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Encodes the errors of an app; the path, and the request's headers, identify the API that was called. */
export type EncodeError = (
  error: AppError,
  path: string,
  requestId?: string,
  headers?: FastifyRequest['headers'],
) => ErrorReply;

const typesByCode: Partial<Record<AppError['code'], string>> = {
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  rate_limited: 'rate_limit_error',
};

/** The body of `encodeErrorPlainly`, as most clients of such APIs read it. */
export const PlainErrorReply = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
  }),
});

export const encodeErrorPlainly: EncodeError = (error) => ({
  status: error.status,
  body: {
    error: {
      message: error.message,
      type: typesByCode[error.code] ?? (error.status < 500 ? 'invalid_request_error' : 'server_error'),
      code: error.code,
      param: error.param ?? null,
    },
  },
});

/** Answers every error of an HTTP request. */
@Catch()
export class AppErrorFilter implements ExceptionFilter {
  constructor(
    private readonly encodeError: EncodeError,
    private readonly logger: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toAppError(thrown, request);
    if (error.code === 'internal')
      this.logger.error({ requestId: request.id, err: error.cause }, 'a request failed');
    if (!reply.sent) sendError(reply, error, request, this.encodeError);
  }
}

/** Sends an error in the shape of the API that was called. */
export function sendError(
  reply: FastifyReply,
  error: AppError,
  request: Pick<FastifyRequest, 'id' | 'url' | 'headers'>,
  encodeError: EncodeError,
): void {
  const { status, body, headers } = encodeError(error, request.url, request.id, request.headers);
  void reply.headers({ ...headers, ...limitHeaders(error) });
  void reply.header('x-request-id', request.id).status(status).send(body);
}

/** The headers that say when to retry and which limit was reached. */
export function limitHeaders({ retryAfterMs, rate }: AppError): Record<string, string> {
  const seconds = (ms: number) => String(Math.ceil(ms / 1000));
  return {
    ...(retryAfterMs !== undefined && { 'retry-after': seconds(retryAfterMs) }),
    ...(rate && {
      'x-ratelimit-limit': String(rate.limit),
      'x-ratelimit-remaining': String(rate.remaining),
      'x-ratelimit-reset': seconds(rate.resetMs),
    }),
  };
}

/** Errors of the HTTP layer itself carry a status and a text about the request; AppError.from converts everything else. */
export function toAppError(
  thrown: unknown,
  request: Pick<FastifyRequest, 'method' | 'url'> & Partial<Pick<FastifyRequest, 'routeOptions'>>,
): AppError {
  if (thrown instanceof AppError) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  switch (status) {
    case 404:
    case 414: // a path segment longer than any id
      return new AppError(
        'not_found',
        `There is no ${request.method} ${request.url.split('?', 1)[0]?.slice(0, pathShownMax)}.`,
      );
    case 413:
      return bodyTooLarge(request.routeOptions?.bodyLimit);
    case 415:
      return new AppError(
        'unsupported_media_type',
        'Send JSON with the header "Content-Type: application/json".',
      );
    default:
      if (status === undefined || status < 400 || status >= 500) return AppError.from(thrown);
      return new AppError('invalid_request', 'The request is malformed.', { cause: thrown });
  }
}

export function bodyTooLarge(bytesMax: number | undefined): AppError {
  const bound = bytesMax === undefined ? 'is allowed' : `the ${bytesMax} bytes that a request may have`;
  return new AppError('payload_too_large', `The body is larger than ${bound}.`);
}

/** The most characters of an unknown path that an answer repeats. */
const pathShownMax = 256;

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}
