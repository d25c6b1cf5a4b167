import type { JsonValue } from './json.ts';

/** The steps of a JSON pointer (RFC 6901): `a/b` and `0` of `/a~1b/0`. */
export function pointerSteps(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value in a document that a JSON pointer names; undefined where there is none. */
export function valueAt(document: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const step of pointerSteps(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, JsonValue>)[step]; // arrays are indexed by the same keys
  }
  return value;
}

/** The value that a `$ref` of a JSON Schema names within its own document (`#`, `#/…`); undefined where it names none. */
export function referredValue(document: JsonValue, reference: string): JsonValue | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  try {
    return valueAt(document, decodeURIComponent(reference.slice(1)));
  } catch {
    return undefined; // The percent-encoding is malformed.
  }
}
