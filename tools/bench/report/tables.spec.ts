import { expect, it } from 'vitest';
import type { ScenarioResult } from '../results.ts';
import { renderBudget, renderScenario, table } from './tables.ts';

const figure = (...values: number[]) => ({ values, median: values[0] ?? NaN, spread: 0.25 });
const result: ScenarioResult = {
  name: 'plain-create',
  title: 'Plain create',
  how: 'A closed loop.',
  metrics: { cpuMs: { label: 'CPU ms', digits: 2 } },
  contestants: [
    { name: 'antiphon', figures: { cpuMs: figure(3, 3) }, cpuMs: { llm: 1, nats: 2, auth: 0.001 } },
    { name: 'direct', figures: { cpuMs: figure(NaN, NaN) }, cpuMs: {} },
    { name: 'relay', figures: { cpuMs: figure(0.3, 0.3) }, cpuMs: { relay: 0.3 } },
  ],
};

it('shows medians, spread, ratios and the processor time by process', () => {
  expect(renderScenario(result)).toBe(`### Plain create

A closed loop.

|                   | CPU ms      |
|-------------------|-------------|
| antiphon          | 3.00 (25 %) |
| direct            |             |
| relay             | 0.30 (25 %) |
| antiphon ÷ direct |             |
| antiphon ÷ relay  | ×10.00      |

CPU of one operation by process, in ms: nats 2.00, llm 1.00.`);
});

it('marks the lines beyond the budget', () => {
  const line = { scenario: 'plain-create', metric: 'cpuMs', to: 'portkey', atMost: 0.4 };
  const text = renderBudget([
    { line, value: 1.3, holds: false },
    { line, value: null, holds: true },
  ]);
  expect(text).toMatch(/cpuMs ÷ portkey \| ≤ 0.4 +\| 1.30 +\| missed/);
  expect(text).toContain('did not measure: 1.');
});

it('fills short rows', () => {
  expect(table(['one', 'two'], [['x']])).toBe('| one | two |\n|-----|-----|\n| x   |     |');
});
