import { createHash } from 'node:crypto';
import { AppError } from '@antiphon/contracts';
import { IdempotencyKeyHeader } from '@antiphon/dialects';
import type { IdempotencyKey } from '@antiphon/runtime';

/** Reads the `Idempotency-Key` of a create; null without one. Two requests are equal if their paths and JSON are, in any order of keys. */
export function readIdempotencyKey(
  header: string | undefined,
  request: { path: string; body: unknown },
): IdempotencyKey | null {
  if (header === undefined) return null;
  if (!IdempotencyKeyHeader.safeParse(header).success) {
    throw new AppError(
      'invalid_request',
      'Idempotency-Key must be 1 to 255 letters, digits, dots, colons, dashes or underscores.',
      { param: 'Idempotency-Key' },
    );
  }
  const text = `${request.path}\n${JSON.stringify(inKeyOrder(request.body))}`;
  return { key: header, requestHash: createHash('sha256').update(text).digest('base64url') };
}

/** Recursive: `readJson` bounds the depth of a body. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, inKeyOrder(entry)]));
}
