import type { ModelDelta } from '@antiphon/contracts';
import type { Dispatcher } from 'undici';
import { noAuthorization } from '../auth/authorizer.ts';
import { EventStream, type StreamDecoder } from '../http/event-stream.ts';
import type { FramingName } from '../http/framing/framing.ts';
import { framingOf } from '../http/framing/framings.ts';

/** Plays a body as a provider's answer, cut into reads of some bytes, and returns the decoder's deltas. */
export async function playBody(
  decoder: StreamDecoder<ModelDelta>,
  body: string | Buffer,
  { bytesPerRead = Infinity, framing = 'sse' }: { bytesPerRead?: number; framing?: FramingName } = {},
): Promise<ModelDelta[]> {
  let handler: Dispatcher.DispatchHandler | undefined;
  // The stream uses nothing else of its pool and of the controller.
  const pool = {
    dispatch: (_options: unknown, taken: Dispatcher.DispatchHandler) => ((handler = taken), true),
  };
  const controller = {
    paused: false,
    pause() {},
    resume() {},
    abort() {},
  } as unknown as Dispatcher.DispatchController;
  const options = {
    provider: 'test',
    path: '/',
    body: '',
    authorizer: noAuthorization,
    answerBytesMax: 1e9,
    firstByteTimeoutMs: 1_000,
    silenceTimeoutMs: 1_000,
    onOutput() {},
    onClose() {},
  };
  const stream = new EventStream(
    pool as unknown as Dispatcher,
    options,
    decoder,
    new AbortController().signal,
  );
  stream.send({}, await framingOf(framing));
  handler?.onResponseStart?.(controller, 200, {}, 'OK');
  const bytes = Buffer.from(body);
  for (let from = 0; from < bytes.length; from += bytesPerRead)
    handler?.onResponseData?.(controller, bytes.subarray(from, from + bytesPerRead));
  handler?.onResponseEnd?.(controller, {});
  const deltas: ModelDelta[] = [];
  for await (const burst of stream) deltas.push(...burst);
  return deltas;
}
