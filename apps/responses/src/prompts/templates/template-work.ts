import { Environment, Interpreter } from './jinja.ts';
import { parseTemplate, TemplateError } from './parse-template.ts';
import type { Place } from './template-tags.ts';
import { type TemplateVariable, variablesOf } from './template-variables.ts';

/* The work of a template process. Template errors are returned as data, since errors lose their own fields between processes. */

/** The first message of a template process. */
export const ready = 'ready';

export function isReady(message: unknown): boolean {
  return message === ready;
}

export interface TemplateFailure {
  /** The index of the template. */
  index: number;
  message: string;
  place: Place | null;
}

export interface InspectTask {
  templates: readonly string[];
}

export interface RenderTask extends InspectTask {
  /** JSON values. A template has access to nothing else. */
  variables: Record<string, unknown>;
  /** Characters of all rendered templates together. */
  outputMax: number;
}

/** The length of the longest list that `range` makes. */
const rangeMax = 10_000;

/** The variables of each template. */
export function inspect({ templates }: InspectTask): TemplateVariable[][] | TemplateFailure {
  return each(templates, (template) => variablesOf(parseTemplate(template)));
}

/** The rendered templates. Values of variables are text and are never read as templates. */
export function render({ templates, variables, outputMax }: RenderTask): string[] | TemplateFailure {
  let left = outputMax;
  return each(templates, (template) => {
    const text = renderOne(template, variables);
    left -= text.length;
    if (left < 0) throw new TemplateError(`the output is longer than ${outputMax} characters`);
    return text;
  });
}

function renderOne(template: string, variables: Record<string, unknown>): string {
  const program = parseTemplate(template);
  const root = rootEnvironment();
  const environment = new Environment(root);
  for (const { name } of variablesOf(program)) {
    if (Object.hasOwn(variables, name)) environment.set(name, variables[name]);
  }
  return String(new Interpreter(environment).run(program).value);
}

/** The names that every template has. None of them gives access to the process. */
function rootEnvironment(): Environment {
  const root = new Environment();
  for (const [names, value] of [
    [['true', 'True'], true],
    [['false', 'False'], false],
    [['none', 'None'], null],
  ] as const) {
    for (const name of names) root.set(name, value);
  }
  root.set('range', boundedRange);
  root.set('raise_exception', (message: unknown) => {
    throw new TemplateError(String(message));
  });
  return root;
}

function boundedRange(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const count = Math.ceil((stop - start) / step);
  if (!Number.isFinite(count) || count > rangeMax)
    throw new TemplateError(`range() makes at most ${rangeMax} numbers`);
  return Array.from({ length: Math.max(0, count) }, (_, index) => start + index * step);
}

function each<Result>(
  templates: readonly string[],
  work: (template: string) => Result,
): Result[] | TemplateFailure {
  const results: Result[] = [];
  for (const [index, template] of templates.entries()) {
    try {
      results.push(work(template));
    } catch (error) {
      return { index, ...failureOf(error) };
    }
  }
  return results;
}

function failureOf(error: unknown): Omit<TemplateFailure, 'index'> {
  if (error instanceof TemplateError) return { message: error.message, place: error.place };
  if (error instanceof RangeError)
    return { message: 'it is nested too deeply, or its text is too long', place: null };
  return {
    message: error instanceof Error ? error.message.slice(0, 200) : 'it cannot be rendered',
    place: null,
  };
}
