import { AppError, type Response, type ResponseEvent } from '@antiphon/contracts';
import { type Events, lastResponse } from '../create/response-events.ts';

/** The events of a run as a stream tells them: what breaks once the response was told of is the response's failure, and no error. */
export async function* failingInBand(events: Events): AsyncGenerator<readonly ResponseEvent[]> {
  let last: Response | undefined;
  try {
    for await (const burst of events) {
      last = lastResponse(burst) ?? last;
      yield burst;
    }
  } catch (error) {
    // A run in the background goes on: only this telling of it has broken off, and can be resumed.
    if (!last || last.background) throw error;
    yield [
      {
        type: 'response.failed',
        response: { ...last, status: 'failed', error: AppError.from(error).toInfo() },
      },
    ];
  }
}
