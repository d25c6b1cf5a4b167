import type { JsonObject, JsonValue } from '@antiphon/contracts';

/** What a reference within a schema document points to: `#`, `#/$defs/City`, `#/anyOf/0`. Undefined for any other document, and for nothing. */
export function pointedAt(root: JsonObject, reference: string): JsonValue | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let found: JsonValue | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decodePointer(step);
    if (Array.isArray(found)) found = found[Number(name)];
    else if (typeof found === 'object' && found !== null)
      found = Object.hasOwn(found, name) ? found[name] : undefined;
    else return undefined;
  }
  return found;
}

function decodePointer(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return step;
  }
}
