import { AppError, type Response, type ResponseEvent } from '@antiphon/contracts';
import { type Events, lastResponse } from '../create/response-events.ts';

type Burst = readonly ResponseEvent[];

/**
 * The events of a run for a stream. An error after the first lifecycle event becomes `response.failed`, since the HTTP status is sent. A plain
 * iterator: a generator costs several turns of the microtask queue for each token.
 */
export function failingInBand(events: Events): AsyncIterableIterator<Burst, undefined> {
  const source = events[Symbol.asyncIterator]();
  const end = { done: true as const, value: undefined };
  let last: Response | undefined;
  let isOver = false;
  const onBurst = (result: IteratorResult<Burst>): IteratorResult<Burst, undefined> => {
    if (result.done) return end;
    last = lastResponse(result.value) ?? last;
    return result;
  };
  const onError = (error: unknown): IteratorResult<Burst, undefined> => {
    isOver = true;
    // A background run continues: only this stream broke off, and the client can resume it.
    if (!last || last.background) throw error;
    const response: Response = { ...last, status: 'failed', error: AppError.from(error).toInfo() };
    return { done: false, value: [{ type: 'response.failed', response }] };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => (isOver ? Promise.resolve(end) : source.next().then(onBurst, onError)),
    return: async () => {
      await source.return?.();
      return end;
    },
  };
}
