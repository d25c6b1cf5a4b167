import {
  AppError,
  type JsonValue,
  type OutputCheck,
  rejectionsIn,
  type Response,
  type ValidationRule,
} from '@antiphon/contracts';
import { compileJsonSchema, describeIssue, type SchemaCheck } from './json-schema.ts';

/** What is wrong with a text that the model answered, as a sentence without its end; null where nothing is. */
export type TextCheck = (text: string) => string | null;

/** What the caller calls the schema of an answer. */
const formatParam = 'text.format.schema';
const root = 'the answer';

/**
 * The check of a response's answer: the schema of its format, then the rules of its `outputCheck`. Throws `invalid_request` for a schema
 * that cannot be used.
 */
export function textCheck({ settings, outputCheck }: Pick<Response, 'settings' | 'outputCheck'>): TextCheck {
  const { textFormat } = settings;
  const checkRules = rulesCheck(outputCheck?.rules ?? []);
  if (textFormat.type === 'text') return (text) => checkRules(text)?.message ?? null;
  if (textFormat.type === 'json_object')
    return (text) => (isObject(text) ? (checkRules(text)?.message ?? null) : `${root} is not a JSON object`);
  const checkSchema = compileJsonSchema(textFormat.schema, formatParam);
  return (text) => {
    const value = parse(text);
    if (value === undefined) return `${root} is not valid JSON`;
    const issue = checkSchema(value);
    return issue ? describeIssue(issue, root) : (checkRules(value)?.message ?? null);
  };
}

/** Whether the model may be asked once more. Throws `output_invalid` where it may not. */
export function assertMayAskAgain(response: Response, complaint: string): void {
  const attempts = rejectionsIn(response.output).length + 1;
  if (attempts <= (response.outputCheck?.retryMax ?? 0)) return;
  const times = attempts === 1 ? '' : `, nor did any of the ${attempts - 1} before`;
  throw new AppError('output_invalid', `The model's answer does not fit: ${complaint}${times}.`);
}

/** The first rule that a value breaks. Throws `invalid_request` for a schema that cannot be used. */
export function rulesCheck(rules: OutputCheck['rules']): (value: JsonValue) => ValidationRule | null {
  const checks = rules.map((rule): [ValidationRule, SchemaCheck] => [
    rule,
    compileJsonSchema(rule.schema, 'validation_rules'),
  ]);
  return (value) => {
    const broken = checks.find(([{ path }, check]) => {
      const part = partAt(value, path);
      return part !== undefined && check(part) !== null;
    });
    return broken?.[0] ?? null;
  };
}

/** What a JSON pointer leads to, if anything. */
function partAt(value: JsonValue, pointer: string): JsonValue | undefined {
  let part: JsonValue | undefined = value;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Record<string, JsonValue>)[key]; // an array has its items under their numbers
  }
  return part;
}

function isObject(text: string): boolean {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // what JSON can hold
  } catch {
    return undefined;
  }
}
