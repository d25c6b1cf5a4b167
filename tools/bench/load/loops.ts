import { setTimeout as delay } from 'node:timers/promises';

/** The results of a load. */
export interface LoadResult {
  /** Requests with a correct answer. */
  done: number;
  failed: number;
  /** The message of the first failure. */
  firstFailure: string | null;
  elapsedMs: number;
  /** Of each request that was done. */
  latenciesMs: number[];
}

type Work = (place: number) => Promise<unknown>;

/** `connections` workers, each sending its next request as soon as the last one is answered, for a time or up to a number of requests. */
export async function closedLoop(
  { connections, durationMs, count = Infinity }: { connections: number; durationMs: number; count?: number },
  work: Work,
): Promise<LoadResult> {
  const result = emptyResult();
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count && performance.now() - startedAt < durationMs) await timed(result, work, next++);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  result.elapsedMs = performance.now() - startedAt;
  return result;
}

/**
 * Sends requests at a fixed rate, independent of the earlier ones. A latency counts from the time at which the request was due, so that a
 * system which falls behind cannot hide it.
 */
export async function openLoop(
  { perSecond, durationMs }: { perSecond: number; durationMs: number },
  work: Work,
): Promise<LoadResult> {
  const result = emptyResult();
  const startedAt = performance.now();
  const count = Math.round((durationMs / 1000) * perSecond);
  const underWay: Promise<void>[] = [];
  for (let place = 0; place < count; place++) {
    const dueAt = startedAt + (place * 1000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 0) await delay(early);
    underWay.push(timed(result, work, place, dueAt));
  }
  await Promise.all(underWay);
  result.elapsedMs = performance.now() - startedAt;
  return result;
}

/** Throws when requests failed: a figure of a run with failures means nothing. */
export function withoutFailures(result: LoadResult): LoadResult {
  if (result.failed > 0)
    throw new Error(
      `${result.failed} of ${result.done + result.failed} requests failed: ${result.firstFailure}`,
    );
  return result;
}

function emptyResult(): LoadResult {
  return { done: 0, failed: 0, firstFailure: null, elapsedMs: 0, latenciesMs: [] };
}

async function timed(
  result: LoadResult,
  work: Work,
  place: number,
  startedAt = performance.now(),
): Promise<void> {
  try {
    await work(place);
    result.done++;
    result.latenciesMs.push(performance.now() - startedAt);
  } catch (error) {
    result.failed++;
    result.firstFailure ??= error instanceof Error ? error.message : String(error);
  }
}
