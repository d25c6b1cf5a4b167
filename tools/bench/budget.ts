import { type BenchResult, ratioOf } from './results.ts';

/** A promise about a figure of the system: a bound on it, or on its ratio to another contestant's in the same run. */
export interface BudgetLine {
  scenario: string;
  metric: string;
  /** The contestant of the figure. Left out: the system. */
  of?: string;
  /** The contestant that it is divided by; without one the figure itself is bounded. */
  to?: string;
  atMost?: number;
  atLeast?: number;
}

export interface BudgetOutcome {
  line: BudgetLine;
  /** Null: not measured in this run. */
  value: number | null;
  holds: boolean;
}

const portkey = 'portkey';
const queue = 'queue in memory';

/** The budget that `npm run bench -- --check` compares a run with. Bounds are ratios wherever they would depend on the machine's speed. */
export const budget: readonly BudgetLine[] = [
  { scenario: 'plain-create', metric: 'cpuMs', to: portkey, atMost: 0.4 },
  { scenario: 'plain-create', metric: 'perSecond', to: portkey, atLeast: 2.5 },
  { scenario: 'plain-create-stored', metric: 'perSecond', to: 'antiphon, not stored', atLeast: 0.75 },
  { scenario: 'one-connection', metric: 'p50', to: portkey, atMost: 0.6 },
  { scenario: 'steady-rate', metric: 'p50', to: portkey, atMost: 1.2 },
  { scenario: 'streams-saturated', metric: 'cpuSeconds', to: portkey, atMost: 0.8 },
  { scenario: 'streams-paced', metric: 'cpuSeconds', to: portkey, atMost: 1 },
  { scenario: 'streams-paced', metric: 'firstToken', to: portkey, atMost: 1.2 },
  { scenario: 'streams-paced', metric: 'transit', to: portkey, atMost: 1.2 },
  { scenario: 'streams-slow', metric: 'lost', atMost: 0 },
  { scenario: 'streams-slow', metric: 'behind', atMost: 10 },
  { scenario: 'streams-slow', metric: 'kilobytes', atMost: 150 },
  { scenario: 'background', metric: 'donePerSecond', to: queue, atLeast: 0.6 },
  { scenario: 'background', metric: 'cpuMs', to: queue, atMost: 2 },
  { scenario: 'background', metric: 'ack', to: queue, atMost: 1.5 },
  { scenario: 'background-steady', metric: 'start', atMost: 10 },
  { scenario: 'background-steady', metric: 'startP99', atMost: 50 },
  { scenario: 'stored-responses', metric: 'p50', of: 'retrieve, many', to: 'retrieve, few', atMost: 1.2 },
  { scenario: 'stored-responses', metric: 'p50', of: 'list, many', to: 'list, few', atMost: 1.2 },
  { scenario: 'conversation', metric: 'cpuMs', of: '200th turn', to: '2nd turn', atMost: 2 },
  { scenario: 'start-up', metric: 'seconds', atMost: 4 },
  { scenario: 'start-up', metric: 'rss', atMost: 800 },
  { scenario: 'start-up', metric: 'largest', atMost: 150 },
];

/** Compares a run with the budget. A line that was not measured holds. */
export function checkBudget(result: BenchResult, lines: readonly BudgetLine[] = budget): BudgetOutcome[] {
  return lines.map((line) => {
    const value = valueOf(result, line);
    const { atMost = Infinity, atLeast = -Infinity } = line;
    return { line, value, holds: value === null || (value <= atMost && value >= atLeast) };
  });
}

/** The exit code of a run: 1 where a scenario failed, or where `--check` found a line of the budget that does not hold. */
export function exitCodeOf(
  { check }: { check: boolean },
  { outcomes, failures }: { outcomes: readonly BudgetOutcome[]; failures: readonly string[] },
): 0 | 1 {
  if (failures.length > 0) return 1;
  return check && outcomes.some(({ holds }) => !holds) ? 1 : 0;
}

function valueOf(
  { scenarios }: BenchResult,
  { scenario, metric, of = 'antiphon', to }: BudgetLine,
): number | null {
  const result = scenarios.find(({ name }) => name === scenario);
  if (to !== undefined) return ratioOf(result, metric, { of, to });
  const value = result?.contestants.find(({ name }) => name === of)?.figures[metric]?.median;
  return value === undefined || Number.isNaN(value) ? null : value;
}
