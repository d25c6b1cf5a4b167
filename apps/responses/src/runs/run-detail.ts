import type { Response } from '@antiphon/contracts';
import { encodeRequest, storingDialectNamed } from '@antiphon/dialects';
import { z } from 'zod';
import { encodeRun, isoTime, Run, ServerTime } from './run-wire.ts';

export const RunDetail = Run.extend({
  server_time: ServerTime,
  /** In the words of `POST /v1/responses`, whatever dialect the run was created in. */
  request: z.looseObject({ model: z.string(), input: z.array(z.unknown()) }),
  /** The response so far, in the dialect of its create. */
  response: z.looseObject({}),
});

/** A run with its request and response as they are stored. */
export function encodeRunDetail(response: Response): z.input<typeof RunDetail> {
  return {
    ...encodeRun(response),
    server_time: isoTime(Date.now()),
    request: encodeRequest(response),
    response: storingDialectNamed(response.dialect).encodeResponse(response),
  };
}
