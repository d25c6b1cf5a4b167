/** A body that a caller might send by mistake or by malice: known fields with random values. The same seed makes the same body. */
export function randomBodies(seed: number, fields: readonly string[], words: readonly unknown[]): unknown[] {
  const random = numbersFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T; // never called with an empty array
  const value = (depth: number): unknown => {
    const kind = random();
    if (depth > 3 || kind < 0.6) return pick(words);
    if (kind < 0.8) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
    return object(depth + 1, Math.floor(random() * 4));
  };
  const object = (depth: number, size: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: size }, () => [pick(fields), value(depth)]));
  return Array.from({ length: 2_000 }, () =>
    random() < 0.05 ? value(0) : object(0, 1 + Math.floor(random() * 8)),
  );
}

/** Numbers from 0 to 1 that look random (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
