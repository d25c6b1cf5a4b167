import { isLifecycleEvent, type Response, type ResponseEvent } from '@antiphon/contracts';

/**
 * The events of a response in bursts. The response of the last lifecycle event is the answer. The first `pastCount` events are not sent: they
 * bring the encoder to the place where the reader joins.
 */
export type Events = AsyncIterable<readonly ResponseEvent[]> & { readonly pastCount?: number };

/** Whether the last `count` events of a run can be taken back, because the client has received none of them. */
export type TakeBack = (count: number) => boolean;

/** The first events of a new response. */
export function openingEvents(response: Response): ResponseEvent[] {
  return [
    { type: 'response.created', response },
    { type: `response.${response.status}`, response },
  ];
}

export async function* inOneBurst(
  events: readonly ResponseEvent[],
): AsyncGenerator<readonly ResponseEvent[]> {
  yield events;
}

/** The events after a burst that has already happened. They are passed on by no generator, which would cost each token several turns. */
export function startingWith(
  first: readonly ResponseEvent[],
  events: AsyncGenerator<readonly ResponseEvent[], void>,
): AsyncIterableIterator<readonly ResponseEvent[], void> {
  let isBegun = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => {
      if (isBegun) return events.next();
      isBegun = true;
      return Promise.resolve({ done: false, value: first });
    },
    return: () => events.return(),
  };
}

/** The response of the last lifecycle event of a burst. */
export function lastResponse(burst: readonly ResponseEvent[]): Response | undefined {
  return burst.findLast(isLifecycleEvent)?.response;
}
