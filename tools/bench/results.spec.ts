import { expect, it } from 'vitest';
import { ratioOf, summarise } from './results.ts';
import type { Sample, Scenario } from './scenarios/scenario.ts';

const scenario: Scenario = {
  name: 'example',
  title: 'An example',
  how: '',
  metrics: { ms: { label: 'ms', digits: 1 }, added: { label: 'added ms', digits: 1, aboveDirect: true } },
  prepare: async () => ({ contestants: [] }),
};
const sample = (ms: number, cpuMs = {}): Sample => ({ metrics: { ms, added: ms }, cpuMs });
const result = summarise(
  scenario,
  new Map([
    ['antiphon', [sample(10, { llm: 3, nats: 1 }), sample(30, { llm: 5 }), sample(20, { llm: 4, nats: 3 })]],
    ['direct', [sample(1), sample(3), sample(2)]],
  ]),
);

it('has the median and the spread of each figure', () => {
  expect(result.contestants[0]?.figures['ms']).toEqual({ values: [10, 30, 20], median: 20, spread: 1 });
});

it('subtracts the time of the provider itself round by round', () => {
  expect(result.contestants[0]?.figures['added']?.values).toEqual([9, 27, 18]);
  expect(result.contestants[1]?.figures['added']?.median).toBe(0);
});

it('has the median of the processor time of each process', () => {
  expect(result.contestants[0]?.cpuMs).toEqual({ llm: 4, nats: 1 });
});

it('compares two contestants, where both were measured', () => {
  expect(ratioOf(result, 'ms', { of: 'antiphon', to: 'direct' })).toBe(10);
  expect(ratioOf(result, 'ms', { of: 'antiphon', to: 'portkey' })).toBeNull();
  expect(ratioOf(undefined, 'ms', { of: 'antiphon', to: 'direct' })).toBeNull();
});
