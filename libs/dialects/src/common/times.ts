/* Times of the neutral model (milliseconds since the epoch) in the formats of the dialects. */

export function unixTime(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}

/** ISO 8601 in UTC, to the second: `2025-12-23T10:00:00Z`. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
