import type { JsonValue } from '@antiphon/contracts';
import { Random } from './random.ts';

const oddValues: readonly string[] = [
  'null', 'true', 'false', '0', '-1', '1.5', '1e308', '-1e400', '9007199254740993', '""', '" "', '"jan-v2-30b"', '"text"',
  `"${'x'.repeat(5_000)}"`, '"\\u0000"', '"\\ud83d"', '"😀"', '"../../etc/passwd"', '"http://127.0.0.1:1/"', '[]', '{}', '[[]]', '[null]',
  '[{}]', '{"a":1}', '{"type":"text"}', '{"__proto__":1}', '{"role":"user","content":"x"}', '["google_search"]',
]; // prettier-ignore

/**
 * Makes `count` request bodies out of a valid one by a few random changes each: it replaces values by odd ones, drops, adds, moves and wraps
 * fields, and sometimes changes a byte of the text. The same seed makes the same bodies.
 */
export function mutationsOf(body: JsonValue, { count, seed }: { count: number; seed: number }): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const changes = 1 + Math.floor(random.next() * 3);
    let value = body;
    for (let change = 0; change < changes; change++) value = mutate(value, random);
    const text = unmark(JSON.stringify(value));
    return random.next() < 0.1 ? garble(text, random) : text;
  });
}

/** Marks an odd value as a string in the tree until the tree is text: JSON.stringify cannot write all odd values. */
const oddMark = '\u0001odd:';

function unmark(text: string): string {
  return text.replace(/"\\u0001odd:(\d+)"/g, (_match, index: string) => oddValues[Number(index)] ?? 'null');
}

function mutate(value: JsonValue, random: Random): JsonValue {
  const pick = (length: number) => Math.floor(random.next() * length);
  const odd = () => oddMark + String(pick(oddValues.length));
  // Mostly it changes something deeper in the tree.
  if (typeof value === 'object' && value !== null && random.next() < 0.8) {
    const keys = Object.keys(value);
    const key = keys[pick(keys.length)];
    if (key === undefined) return odd();
    if (Array.isArray(value)) {
      const copy = [...value];
      if (random.next() < 0.15) copy.splice(Number(key), 1);
      else copy[Number(key)] = mutate(copy[Number(key)] ?? null, random);
      return copy;
    }
    const { [key]: entry = null, ...rest } = value;
    if (random.next() < 0.1) return rest;
    if (random.next() < 0.1) return { ...rest, [`${key}s`]: entry };
    if (random.next() < 0.1) return { ...value, [keys[pick(keys.length)] ?? key]: entry };
    return { ...value, [key]: mutate(entry, random) };
  }
  if (random.next() < 0.2) return [value];
  if (random.next() < 0.1) return { value };
  return odd();
}

function garble(text: string, random: Random): string {
  const at = Math.floor(random.next() * text.length);
  const replacement = ['', '{', '}', '"', ',', '\\', '0', '\u0000'][Math.floor(random.next() * 8)] ?? '';
  return text.slice(0, at) + replacement + text.slice(at + 1);
}
