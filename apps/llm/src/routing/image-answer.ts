import { AppError, type ImagePiece, noUsage, type Usage } from '@antiphon/contracts';
import { abortError } from '../providers/errors/provider-errors.ts';
import type { MadeImagePiece } from '../providers/images/images.ts';
import { recordAnswer } from '../usage/answer-metrics.ts';
import type { LoggedAttempt } from './attempts/attempt-log.ts';

/** The images of the first candidate that makes them. */
export interface OpenedImages {
  attempt: LoggedAttempt;
  first: IteratorResult<MadeImagePiece[], undefined>;
  rest: AsyncIterator<MadeImagePiece[], undefined>;
}

/**
 * Waits for the first images of a candidate. `isHeld`: for all of them, so that a request whose client reads nothing on the way is repeated
 * elsewhere whenever it fails.
 */
export async function openImages(
  make: () => AsyncGenerator<MadeImagePiece[], undefined>,
  attempt: LoggedAttempt,
  { isHeld, signal }: { isHeld: boolean; signal: AbortSignal },
): Promise<OpenedImages> {
  try {
    const answer = make();
    const first = await answer.next();
    attempt.answered();
    if (!isHeld || first.done === true) return { attempt, first, rest: answer };
    const others: MadeImagePiece[][] = [];
    for await (const burst of answer) others.push(burst);
    return { attempt, first, rest: held(others) };
  } catch (error) {
    attempt.end(signal.aborted ? 'cancelled' : AppError.from(error));
    throw error;
  }
}

async function* held(bursts: readonly MadeImagePiece[][]): AsyncGenerator<MadeImagePiece[], undefined> {
  yield* bursts;
  return undefined;
}

/** What belongs to one routed request for images. */
export interface RoutedImages {
  /** The caller's, which also aborts at the deadline. */
  signal: AbortSignal;
  open: () => Promise<OpenedImages>;
  /** The labels of metrics for the candidate of the last attempt. */
  labels: () => { provider: string; model: string };
  /** Called once, at any end. */
  onClose: () => void;
}

/** The pieces of the images, each image in a burst of its own: a burst has to fit into one reply of the bus. */
export async function* imageAnswer(routed: RoutedImages): AsyncGenerator<ImagePiece[], undefined> {
  const { signal, open, labels, onClose } = routed;
  const startedAtMs = performance.now();
  let outcome = 'cancelled';
  let usage: Usage | null = null;
  let opened: OpenedImages | null = null;
  try {
    opened = await open();
    const { provider, model } = opened.attempt.candidate;
    for (let next = opened.first; next.done !== true; next = await opened.rest.next())
      for (const piece of next.value) {
        if (piece.type === 'end') {
          usage = { ...noUsage, ...piece.usage };
          outcome = 'ok';
        }
        yield [piece.type === 'end' ? { ...piece, provider, model } : piece];
      }
    return undefined;
  } catch (thrown) {
    const error = signal.aborted ? abortError(signal) : AppError.from(thrown);
    outcome = error.code;
    opened?.attempt.end(signal.aborted ? 'cancelled' : error);
    throw error;
  } finally {
    opened?.attempt.end(outcome === 'ok' ? 'ok' : 'cancelled');
    await opened?.rest.return?.();
    onClose();
    const seconds = (performance.now() - startedAtMs) / 1000;
    recordAnswer({ ...labels(), outcome, seconds, usage });
  }
}
