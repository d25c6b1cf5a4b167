import {
  AppError,
  type Caller,
  type JsonObject,
  type JsonValue,
  type OutputCheck,
  rejectionsIn,
  type Response,
} from '@antiphon/contracts';
import type { SchemaChecker, SchemaFault, SchemaUse } from './schema-checker.ts';
import { describeIssue } from './schema-issue.ts';

/** The fields of a response that constrain its answer. */
type Demands = Pick<Response, 'settings' | 'outputCheck'>;

const formatName = 'text.format.schema';
const root = 'the answer';

/** The schemas of a response's answer: that of its format, then those of the rules of its `outputCheck`. */
export function answerSchemas({ settings: { textFormat }, outputCheck }: Demands): SchemaUse[] {
  const rules = rulesUses(outputCheck?.rules ?? []);
  return textFormat.type === 'json_schema' ? [wholeUse(textFormat.schema, formatName), ...rules] : rules;
}

/** A schema for a whole value. */
export function wholeUse(schema: JsonObject, name: string): SchemaUse {
  return { schema, name, pointer: '' };
}

/** The schemas of rules, in their order. */
export function rulesUses(rules: OutputCheck['rules']): SchemaUse[] {
  return rules.map(({ path, schema }) => ({ schema, name: 'validation_rules', pointer: path }));
}

/**
 * The first fault of the model's answer, as a sentence without its full stop; null where the answer is valid. Throws `invalid_request` for
 * a schema that cannot be used.
 */
export async function findComplaint(
  caller: Caller,
  demands: Demands,
  text: string,
  schemas: SchemaChecker,
  signal: AbortSignal,
): Promise<string | null> {
  const { type } = demands.settings.textFormat;
  const value = type === 'text' ? text : parse(text);
  if (type === 'json_object' && !isObject(value)) return `${root} is not a JSON object`;
  if (value === undefined) return `${root} is not valid JSON`;
  const uses = answerSchemas(demands);
  const fault = uses.length === 0 ? null : await schemas.findFault(caller, uses, value, signal);
  return fault && complaintOf(fault, demands);
}

/** Whether the model may be asked once more. Throws `output_invalid` where it may not. */
export function assertMayAskAgain(response: Response, complaint: string): void {
  const attempts = rejectionsIn(response.output).length + 1;
  if (attempts <= (response.outputCheck?.retryMax ?? 0)) return;
  const times = attempts === 1 ? '' : `, nor did any of the ${attempts - 1} before`;
  throw new AppError('output_invalid', `The model's answer does not fit: ${complaint}${times}.`);
}

/** A broken rule is reported by its own message instead of the issue of its schema. */
function complaintOf({ index, issue }: SchemaFault, { settings, outputCheck }: Demands): string {
  const rules = outputCheck?.rules ?? [];
  const rule = rules[settings.textFormat.type === 'json_schema' ? index - 1 : index];
  return rule && issue.keyword !== 'too_complex' ? rule.message : describeIssue(issue, root);
}

function isObject(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // JSON.parse returns nothing else
  } catch {
    return undefined;
  }
}
