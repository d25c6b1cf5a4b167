import { AppError } from '@antiphon/contracts';
import type { Egress, EgressRequest } from '@antiphon/service-kit';

export interface EngineLimits {
  timeoutMs: number;
  answerBytesMax: number;
}

/** The URL of a path below the configured URL of an engine. */
export function engineUrl(base: string, path: string): string {
  return new URL(path, base.endsWith('/') ? base : `${base}/`).href;
}

/** The request that sends a query as JSON. */
export function jsonQuery(credentials: Readonly<Record<string, string>>, query: object) {
  return {
    method: 'POST',
    headers: { ...credentials, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(query),
  };
}

/** The statuses of an engine that works and refuses this query only. */
const refusedQuery = [400, 422];

/**
 * Sends a request to an engine and returns its answer, parsed from JSON. Redirects are not followed, because they would carry the key to another host.
 * Throws `invalid_request` where the engine refuses the query, `unavailable` where it fails.
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
  if (refusedQuery.includes(answer.status))
    throw new AppError('invalid_request', `refused the query with status ${answer.status}`);
  if (answer.status !== 200) throw new AppError('unavailable', `answered with status ${answer.status}`);
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new AppError('unavailable', 'did not answer with JSON', { cause });
  }
}
