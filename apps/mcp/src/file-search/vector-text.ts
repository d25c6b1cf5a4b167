/** A vector as PostgreSQL reads it, with the digits that a 32-bit float has. */
export function vectorText(vector: readonly number[], isPgvector: boolean): string {
  const numbers = vector.map((value) => Number(value.toPrecision(9))).join(',');
  return isPgvector ? `[${numbers}]` : `{${numbers}}`;
}
