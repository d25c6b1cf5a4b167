import { describe, expect, it } from 'vitest';
import type { Candidate, ModelPlan, Selection } from './candidate.ts';
import { type CandidateView, orderRound } from './order-round.ts';

const candidate = (provider: string, weight = 1): Candidate => ({ provider, model: 'm', weight });
const [a, b, c, spare] = [candidate('a'), candidate('b'), candidate('c', 2), candidate('spare')];

const view: CandidateView = {
  isReady: () => true,
  load: () => 0,
  price: () => null,
  latencyMs: () => null,
};

function orderOf(select: Selection, changes: Partial<CandidateView> = {}, random = () => 0.5): string {
  const plan: ModelPlan = { group: [a, b, c], fallback: [spare], select, fallbackOn: [] };
  return orderRound(plan, { ...view, ...changes }, random)
    .map(({ provider }) => provider)
    .join(' ');
}

/** A measure of each provider; null for those that have none. */
const by =
  (values: Record<string, number>) =>
  ({ provider }: Candidate): number | null =>
    values[provider] ?? null;

describe('orderRound', () => {
  it('draws the first by weight', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const firsts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let draw = 0; draw < 4_000; draw++) {
      const [first = ''] = orderOf('weighted', {}, random).split(' ');
      firsts[first] = (firsts[first] ?? 0) + 1;
    }
    expect(firsts['c']).toBeGreaterThan(1_850);
    expect(firsts['c']).toBeLessThan(2_150);
    expect(firsts['a']).toBeGreaterThan(850);
  });

  it('keeps the order of the route', () => {
    expect(orderOf('order')).toBe('a b c spare');
  });

  it('takes the least busy for its weight', () => {
    const loads: Record<string, number> = { a: 3, b: 2, c: 3 };
    expect(orderOf('least_busy', { load: ({ provider }) => loads[provider] ?? 0 })).toBe('c b a spare');
  });

  it('takes the lowest price, and unknown prices last', () => {
    expect(orderOf('lowest_price', { price: by({ b: 4, c: 2 }) })).toBe('c b a spare');
  });

  it('takes the lowest latency, and measures what it does not know', () => {
    expect(orderOf('lowest_latency', { latencyMs: by({ a: 200, c: 100 }) })).toBe('b c a spare');
  });

  it('puts those that are not ready last, in their order', () => {
    const isReady = ({ provider }: Candidate) => provider === 'b';
    expect(orderOf('order', { isReady })).toBe('b a c spare');
    expect(orderOf('order', { isReady: () => false })).toBe('a b c spare');
  });
});
