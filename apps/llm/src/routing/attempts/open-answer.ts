import { AppError, type ModelDelta } from '@antiphon/contracts';
import { mergeDeltas } from '../../providers/merge-deltas.ts';
import type { LoggedAttempt } from './attempt-log.ts';

export type Bursts = AsyncIterator<ModelDelta[], undefined>;

/** An answer that has begun. */
export interface OpenedAnswer {
  attempt: LoggedAttempt;
  first: IteratorResult<ModelDelta[], undefined>;
  /** The bursts after the first one. */
  rest: Bursts;
}

/** Characters of a held answer after which it is passed on. */
const heldMax = 2 * 1024 * 1024;

/**
 * Begins the stream of a candidate, and waits for its first burst. `isHeld`: nothing is passed on before the answer is whole, so that a broken one can be asked for again; a very long answer is
 * passed on earlier.
 */
export async function openAnswer(
  stream: () => AsyncIterable<ModelDelta[], undefined>,
  attempt: LoggedAttempt,
  { isHeld, signal }: { isHeld: boolean; signal: AbortSignal },
): Promise<OpenedAnswer> {
  try {
    const rest = stream()[Symbol.asyncIterator]();
    const first = await rest.next();
    attempt.answered();
    return { attempt, first: isHeld ? await holdWhole(first, rest) : first, rest };
  } catch (error) {
    attempt.end(signal.aborted ? 'cancelled' : AppError.from(error));
    throw error;
  }
}

async function holdWhole(
  first: IteratorResult<ModelDelta[], undefined>,
  rest: Bursts,
): Promise<IteratorResult<ModelDelta[], undefined>> {
  const deltas = [...(first.value ?? [])];
  let size = sizeOf(deltas);
  while (deltas.at(-1)?.type !== 'end' && size <= heldMax) {
    const next = await rest.next();
    if (next.done === true) break;
    deltas.push(...next.value);
    size += sizeOf(next.value);
  }
  return { done: false, value: mergeDeltas(deltas) };
}

function sizeOf(deltas: readonly ModelDelta[]): number {
  return JSON.stringify(deltas).length;
}

/** Whether the provider filtered the answer before any output. */
export function isFiltered({ first }: OpenedAnswer): boolean {
  const [only, ...others] = first.value ?? [];
  return others.length === 0 && only?.type === 'end' && only.finishReason === 'content_filter';
}
