/** The value below which the share `rank` (0 to 1) of the values lies; NaN without values. */
export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const place = Math.min(sorted.length - 1, Math.max(0, Math.ceil(rank * sorted.length) - 1));
  return sorted[place] ?? NaN;
}

/** The middle value, or the mean of the two middle ones; NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The spread of the values: their range as a share of the median. 0 for a single value. */
export function spread(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = median(values);
  const range = Math.max(...values) - Math.min(...values);
  return range === 0 ? 0 : range / Math.abs(middle);
}

/**
 * The ratio of two figures of the same rounds: the median of the ratios of each round, so that a slow round affects both sides.
 * Null where a round lacks one of them, or divides by nothing or less: a time above the provider's own may be noise below zero.
 */
export function ratio(values: readonly number[], others: readonly number[]): number | null {
  if (values.length === 0 || values.length !== others.length) return null;
  const ratios = values.map((value, round) => {
    const other = others[round] ?? 0;
    return other > 0 ? value / other : NaN;
  });
  return ratios.every(Number.isFinite) ? median(ratios) : null;
}
