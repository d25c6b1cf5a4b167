import { AppError, type Response, type ResponseEvent } from '@antiphon/contracts';
import { type Events, lastResponse } from '../create/response-events.ts';

/** The events of a run for a stream. An error after the first lifecycle event becomes `response.failed`, since the HTTP status is sent. */
export async function* failingInBand(events: Events): AsyncGenerator<readonly ResponseEvent[]> {
  let last: Response | undefined;
  try {
    for await (const burst of events) {
      last = lastResponse(burst) ?? last;
      yield burst;
    }
  } catch (error) {
    // A background run continues: only this stream broke off, and the client can resume it.
    if (!last || last.background) throw error;
    yield [
      {
        type: 'response.failed',
        response: { ...last, status: 'failed', error: AppError.from(error).toInfo() },
      },
    ];
  }
}
