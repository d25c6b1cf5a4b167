import { createHash } from 'node:crypto';
import type { IdempotencyKey } from '@antiphon/runtime';

/** The key of a create with a hash of its request. Two requests are equal if their paths and JSON are, in any order of keys. */
export function idempotencyKeyOf(key: string, request: { path: string; body: unknown }): IdempotencyKey {
  const text = `${request.path}\n${JSON.stringify(inKeyOrder(request.body))}`;
  return { key, requestHash: createHash('sha256').update(text).digest('base64url') };
}

/** Recursive: `readJson` bounds the depth of a body. */
function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, inKeyOrder(entry)]));
}
