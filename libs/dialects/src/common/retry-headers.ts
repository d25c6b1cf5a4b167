import type { AppError, ErrorCode } from '@antiphon/contracts';

/** Refusals that stock clients may retry although a retry cannot succeed. */
const hopeless: ReadonlySet<ErrorCode> = new Set([
  'idempotency_key_reuse',
  'idempotency_key_in_use',
  'quota_exhausted',
]);

/** The headers that say when to retry a request, or that a retry is useless. */
export function retryHeaders({ code, retryAfterMs }: AppError): Record<string, string> | undefined {
  if (hopeless.has(code)) return { 'x-should-retry': 'false' };
  if (retryAfterMs === undefined) return undefined;
  return { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
}
