import { AppError, type Response } from '@antiphon/contracts';
import { hasRunTools } from './call-outputs.ts';
import type { EncodedReply } from '../dialect.ts';

export function failureOf(response: Response): AppError {
  return response.error ? AppError.fromInfo(response.error) : new AppError('internal', 'The run failed');
}

/** The HTTP error of a failed foreground run. `encodeError` encodes it in the dialect. */
export function encodeFailedRun(
  response: Response,
  encodeError: (error: AppError) => EncodedReply,
): EncodedReply {
  const reply = encodeError(failureOf(response));
  const isRetried = reply.status === 408 || reply.status === 409 || reply.status >= 500;
  if (!isRetried || !hasRunTools(response.output)) return reply;
  // Clients retry these statuses by themselves, and the tools that ran would run again.
  return { ...reply, headers: { ...reply.headers, 'x-should-retry': 'false' } };
}
