import { z } from 'zod';
import { runErrorCodes } from '../errors.ts';

/** The error of a failed run. `reason` is a more exact code than `code`. */
export const ResponseError = z.looseObject({
  type: z.string(),
  code: z.enum(runErrorCodes),
  message: z.string(),
  reason: z.string(),
});

const Failure = z.looseObject({
  message: z.string(),
  type: z.string(),
  code: z.string().nullable(),
  param: z.string().nullable(),
  retry_after: z.int().nonnegative().optional(),
});

/** The body of a refusal. */
export const ErrorReply = z.looseObject({ error: Failure });

/** An error message of a WebSocket. */
export const SocketError = z.looseObject({ type: z.literal('error'), status: z.int(), error: Failure });
