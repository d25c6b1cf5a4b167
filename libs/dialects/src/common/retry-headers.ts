import type { AppError, ErrorCode } from '@antiphon/contracts';

/** Refusals that stock clients would repeat, or might, though it cannot help. */
const hopeless: ReadonlySet<ErrorCode> = new Set([
  'idempotency_key_reuse',
  'idempotency_key_in_use',
  'quota_exhausted',
]);

/** What tells a client when to send its request again, or that it should not. */
export function retryHeaders({ code, retryAfterMs }: AppError): Record<string, string> | undefined {
  if (hopeless.has(code)) return { 'x-should-retry': 'false' };
  if (retryAfterMs === undefined) return undefined;
  return { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
}
