import type { BudgetOutcome } from '../budget.ts';
import { type BenchResult, type ContestantResult, ratioOf, type ScenarioResult } from '../results.ts';

type Row = readonly string[];

/** The whole result as Markdown, which people read on the terminal as well. */
export function renderResult(result: BenchResult): string {
  const conditions = [
    ...result.machine,
    `${result.rounds} round${result.rounds === 1 ? '' : 's'}, contestants in turn; medians, and in brackets the spread: the range of the rounds as a share of the median.`,
    ...(result.isQuick ? ['A quick run: it shows that everything works, not how fast it is.'] : []),
  ].map((line) => `- ${line}`);
  return [
    `Measured on ${result.at.slice(0, 10)}.`,
    conditions.join('\n'),
    ...result.scenarios.map(renderScenario),
  ].join('\n\n');
}

/** One scenario: a row for each contestant, then the system's ratio to each other one, then the processor time by process. */
export function renderScenario(result: ScenarioResult): string {
  const { title, how, metrics, contestants } = result;
  const keys = Object.keys(metrics);
  const header = ['', ...keys.map((key) => metrics[key]?.label ?? key)];
  const rows = contestants.map((contestant) => [
    contestant.name,
    ...keys.map((key) => cell(contestant, key, metrics[key]?.digits ?? 0)),
  ]);
  const parts = [`### ${title}`, how, table(header, [...rows, ...ratioRows(result, keys)])];
  const split = contestants.find(({ name, cpuMs }) => name === 'antiphon' && Object.keys(cpuMs).length > 0);
  if (split) parts.push(`CPU of one operation by process, in ms: ${cpuSplit(split)}.`);
  return parts.join('\n\n');
}

/** The lines of the budget that were measured, with the ones that do not hold marked. */
export function renderBudget(outcomes: readonly BudgetOutcome[]): string {
  const rows = outcomes.flatMap(({ line, value, holds }) => {
    if (value === null) return [];
    const { scenario, metric, of = 'antiphon', to, atMost, atLeast } = line;
    const figure = `${metric}${of === 'antiphon' ? '' : ` of ${of}`}${to === undefined ? '' : ` ÷ ${to}`}`;
    const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
    return [[scenario, figure, bound, value.toFixed(2), holds ? '' : 'missed']];
  });
  const unmeasured = outcomes.length - rows.length;
  const note =
    unmeasured === 0 ? '' : `\n\nLines of the budget that this run did not measure: ${unmeasured}.`;
  return `${table(['scenario', 'figure', 'must be', 'is', ''], rows)}${note}`;
}

/** Only the system is compared with others; loads of the system alone are listed side by side. */
function ratioRows(result: ScenarioResult, keys: readonly string[]): Row[] {
  const of = result.contestants[0]?.name;
  if (of !== 'antiphon') return [];
  return result.contestants.slice(1).map(({ name }) => [
    `${of} ÷ ${name}`,
    ...keys.map((key) => {
      const value = ratioOf(result, key, { of, to: name });
      return value === null ? '' : `×${value.toFixed(2)}`;
    }),
  ]);
}

function cell({ figures }: ContestantResult, key: string, digits: number): string {
  const figure = figures[key];
  if (figure === undefined || Number.isNaN(figure.median)) return '';
  const spread = figure.values.length > 1 ? ` (${Math.round(figure.spread * 100)} %)` : '';
  return `${figure.median.toFixed(digits)}${spread}`;
}

function cpuSplit({ cpuMs }: ContestantResult): string {
  return Object.entries(cpuMs)
    .filter(([, ms]) => ms >= 0.005)
    .sort(([, one], [, other]) => other - one)
    .map(([name, ms]) => `${name} ${ms.toFixed(2)}`)
    .join(', ');
}

/** A Markdown table whose columns are aligned in plain text too. */
export function table(header: Row, rows: readonly Row[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: Row) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [
    line(header),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}
