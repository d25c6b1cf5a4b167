import { EventSourceParserStream } from 'eventsource-parser/stream';
import { send, type RequestOptions } from './http.ts';

const firstPauseMs = 500;
const pauseMsMax = 10_000;

/** One server-sent event with its JSON. */
export type StreamedEvent = { type: string; sequence_number?: number } & Record<string, unknown>;

/**
 * The events of a streamed answer, until it ends. Returns whether it came to its end mark: without it the connection was closed. Throws ApiError for a
 * refusal, and the network's error where the connection breaks.
 */
export async function* streamEvents(
  path: string,
  options: RequestOptions,
): AsyncGenerator<StreamedEvent, boolean, void> {
  const answer = await send(path, {
    ...options,
    headers: { accept: 'text/event-stream', ...options.headers },
  });
  if (!answer.body) return false;
  const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return false;
      if (value.data === '[DONE]') return true;
      yield JSON.parse(value.data) as StreamedEvent;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Waits before a stream is opened again that failed so many times in a row: each time longer. Ends early with the signal. */
export async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, Math.min(pauseMsMax, firstPauseMs * 2 ** failures));
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
