/** US dollars for people: `$1.20`, `$0.0042`; a dash where no price is known. */
export function formatCost(dollars: number | null): string {
  if (dollars === null) return '–';
  if (dollars === 0) return '$0';
  return dollars < 0.01 ? `$${dollars.toPrecision(2)}` : `$${dollars.toFixed(2)}`;
}
