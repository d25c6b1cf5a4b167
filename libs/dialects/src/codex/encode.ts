import { AppError, type Response } from '@antiphon/contracts';
import type { CancelOutcome, EncodedReply } from '../dialect.ts';
import { encodeFailedRun } from '../common/failed-run.ts';
import { encodeResponse as encodeOpenai } from '../openai/encode.ts';
import { encodeError } from '../openai/errors.ts';

/** The answer to a create. A failed foreground run is an HTTP error; a queued response is returned as it is. */
export function encodeCreated(response: Response): EncodedReply {
  if (response.status === 'failed' && !response.background) return encodeFailedRun(response, encodeError);
  return { status: 200, body: encodeResponse(response) };
}

/** The response object of the openai dialect; a run that waits for its caller is `in_progress`, and messages come first. */
export function encodeResponse(response: Response): Record<string, unknown> {
  const said = response.output.filter(({ type }) => type === 'message');
  const done = response.output.filter(({ type }) => type !== 'message');
  const encoded = encodeOpenai({ ...response, output: [...said, ...done] });
  return response.status === 'requires_action'
    ? { ...encoded, status: 'in_progress', completed_at: null }
    : encoded;
}

/** Throws `invalid_request` where there was nothing left to cancel. */
export function encodeCancelled({ response, wasCancelled }: CancelOutcome): Record<string, unknown> {
  if (!wasCancelled)
    throw new AppError(
      'invalid_request',
      `The response is ${response.status}: it cannot be cancelled any more.`,
    );
  return encodeResponse(response);
}
