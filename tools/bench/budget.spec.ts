import { expect, it } from 'vitest';
import { budget, checkBudget, exitCodeOf } from './budget.ts';
import type { BenchResult } from './results.ts';
import { scenarios } from './scenarios/all.ts';

const figure = (value: number) => ({ values: [value], median: value, spread: 0 });
const contestant = (name: string, value: number) => ({ name, figures: { ms: figure(value) }, cpuMs: {} });
const result: BenchResult = {
  at: '',
  machine: [],
  rounds: 1,
  isQuick: false,
  scenarios: [
    {
      name: 'example',
      title: '',
      how: '',
      metrics: { ms: { label: 'ms', digits: 0 } },
      contestants: [contestant('antiphon', 30), contestant('relay', 10)],
    },
  ],
};

it.each([
  [{ to: 'relay', atMost: 3 }, 3, true],
  [{ to: 'relay', atMost: 2.9 }, 3, false],
  [{ to: 'relay', atLeast: 3.1 }, 3, false],
  [{ atMost: 29 }, 30, false],
  [{ of: 'relay', atMost: 10 }, 10, true],
  [{ to: 'portkey', atMost: 1 }, null, true],
])('holds a figure to %o', (bounds, value, holds) => {
  const line = { scenario: 'example', metric: 'ms', ...bounds };
  expect(checkBudget(result, [line])).toEqual([{ line, value, holds }]);
});

it.each<[string, boolean, number, string[], number]>([
  ['whose budget holds', true, 3, [], 0],
  ['whose budget is missed', true, 2, [], 1],
  ['whose budget is missed, without --check', false, 2, [], 0],
  ['of which a scenario failed', true, 3, ['background failed'], 1],
  ['of which a scenario failed, without --check', false, 3, ['background failed'], 1],
])('exits for a run %s with its code', (_which, check, atMost, failures, code) => {
  const outcomes = checkBudget(result, [{ scenario: 'example', metric: 'ms', to: 'relay', atMost }]);
  expect(exitCodeOf({ check }, { outcomes, failures })).toBe(code);
});

it('exits with 0 where no line of the budget was measured', () => {
  const outcomes = checkBudget({ ...result, scenarios: [] });
  expect(exitCodeOf({ check: true }, { outcomes, failures: [] })).toBe(0);
});

it('names scenarios and metrics that exist', () => {
  for (const { scenario, metric } of budget)
    expect(Object.keys(scenarios.find(({ name }) => name === scenario)?.metrics ?? {})).toContain(metric);
});
