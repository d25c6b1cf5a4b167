import type { JsonValue } from '@antiphon/contracts';

const oddValues: readonly string[] = [
  'null', 'true', 'false', '0', '-1', '1.5', '1e308', '-1e400', '9007199254740993', '""', '" "', '"jan-v2-30b"', '"text"',
  `"${'x'.repeat(5_000)}"`, '"\\u0000"', '"\\ud83d"', '"😀"', '"../../etc/passwd"', '"http://127.0.0.1:1/"', '[]', '{}', '[[]]', '[null]',
  '[{}]', '{"a":1}', '{"type":"text"}', '{"__proto__":1}', '{"role":"user","content":"x"}', '["google_search"]',
]; // prettier-ignore

/**
 * `count` texts that were made from a valid body by a few random changes each: values replaced by odd ones, fields dropped, added, moved
 * and wrapped, and now and then a byte of the text itself. The same seed gives the same texts.
 */
export function mutationsOf(body: JsonValue, { count, seed }: { count: number; seed: number }): string[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const changes = 1 + Math.floor(random() * 3);
    let value = body;
    for (let change = 0; change < changes; change++) value = mutate(value, random);
    const text = unmark(JSON.stringify(value));
    return random() < 0.1 ? garble(text, random) : text;
  });
}

/** An odd value stands in the tree as a string with this beginning until the tree is text: JSON.stringify could not write all of them. */
const oddMark = '\u0001odd:';

function unmark(text: string): string {
  return text.replace(/"\\u0001odd:(\d+)"/g, (_match, index: string) => oddValues[Number(index)] ?? 'null');
}

function mutate(value: JsonValue, random: () => number): JsonValue {
  const pick = (length: number) => Math.floor(random() * length);
  const odd = () => oddMark + String(pick(oddValues.length));
  // Down into the tree, most of the time.
  if (typeof value === 'object' && value !== null && random() < 0.8) {
    const keys = Object.keys(value);
    const key = keys[pick(keys.length)];
    if (key === undefined) return odd();
    if (Array.isArray(value)) {
      const copy = [...value];
      if (random() < 0.15) copy.splice(Number(key), 1);
      else copy[Number(key)] = mutate(copy[Number(key)] ?? null, random);
      return copy;
    }
    const { [key]: entry = null, ...rest } = value;
    if (random() < 0.1) return rest;
    if (random() < 0.1) return { ...rest, [`${key}s`]: entry };
    if (random() < 0.1) return { ...value, [keys[pick(keys.length)] ?? key]: entry };
    return { ...value, [key]: mutate(entry, random) };
  }
  if (random() < 0.2) return [value];
  if (random() < 0.1) return { value };
  return odd();
}

function garble(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const replacement = ['', '{', '}', '"', ',', '\\', '0', '\u0000'][Math.floor(random() * 8)] ?? '';
  return text.slice(0, at) + replacement + text.slice(at + 1);
}

/** A small generator (mulberry32): tests need the same numbers every time, not good ones. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
