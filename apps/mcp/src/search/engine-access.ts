import { AppError } from '@antiphon/contracts';
import type { Egress, EgressRequest } from '@antiphon/service-kit';

export interface EngineLimits {
  timeoutMs: number;
  answerBytesMax: number;
}

/** An address below the one that an engine is set up with. */
export function engineUrl(base: string, path: string): string {
  return new URL(path, base.endsWith('/') ? base : `${base}/`).href;
}

/** By these an engine says that it is well, and would answer another question. */
const refusedQuestion = [400, 422];

/**
 * An engine's answer as JSON. Redirects are not followed: they would carry the key elsewhere. Throws `invalid_request` where the engine does
 * not take the question, `unavailable` where it is at fault.
 */
export async function askEngine(
  egress: Egress,
  url: string,
  request: Pick<EgressRequest, 'method' | 'headers' | 'body'>,
  { timeoutMs, answerBytesMax }: EngineLimits,
  signal: AbortSignal,
): Promise<unknown> {
  const bounds = { redirectsMax: 0, decodedBytesMax: answerBytesMax, timeoutMs };
  const answer = await egress.fetch(url, { ...request, ...bounds }, signal);
  if (refusedQuestion.includes(answer.status))
    throw new AppError('invalid_request', `did not take the question, with status ${answer.status}`);
  if (answer.status !== 200) throw new AppError('unavailable', `answered with status ${answer.status}`);
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new AppError('unavailable', 'did not answer with JSON', { cause });
  }
}
