import type { JsonValue } from '@antiphon/contracts';

/** Characters of the JSON of schemas that compile within some 20 ms. */
const cheapSchemaMax = 4_096;
/** Characters of schemas times characters of the value. */
const cheapProductMax = 4_000_000;

/**
 * Whether compiling schemas costs a few milliseconds at most: they are short and have no patterns. Takes their JSON text.
 */
export function isCheapToCompile(schemas: string): boolean {
  return schemas.length <= cheapSchemaMax && !schemas.includes('"pattern');
}

/**
 * Whether checking a value costs a few milliseconds at most. Without references each subschema meets each part of the value at most once,
 * so the work is bounded by the product of both lengths. Patterns, formats (regular expressions too) and `uniqueItems` cost more than
 * that. Takes JSON texts.
 */
export function isCheapToCheck(schemas: string, value: string): boolean {
  return (
    isCheapToCompile(schemas) &&
    schemas.length * value.length <= cheapProductMax &&
    !/"(\$ref|format|uniqueItems)"/.test(schemas)
  );
}

/** Whether a value contains at most this many values, itself included. */
export function hasAtMost(value: JsonValue, valuesMax: number): boolean {
  const open: JsonValue[] = [value];
  let count = 1;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const entries = Array.isArray(next) ? next : Object.values(next);
    count += entries.length;
    if (count > valuesMax) return false;
    for (const entry of entries) open.push(entry);
  }
  return true;
}
