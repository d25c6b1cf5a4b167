/** The first parts whose sizes are at most `sizeMax` together, and at least one part. */
export function firstWithin<Part>(
  parts: readonly Part[],
  sizeMax: number,
  sizeOf: (part: Part) => number,
): Part[] {
  let size = 0;
  const end = parts.findIndex((part, place) => (size += sizeOf(part)) > sizeMax && place > 0);
  return end === -1 ? [...parts] : parts.slice(0, end);
}
