import { randomUUID } from 'node:crypto';
import { AppError, type Caller, type JsonObject, type JsonValue } from '@antiphon/contracts';
import { decodePart } from '@antiphon/dialects';
import {
  describeIssue,
  pathName,
  rulesUses,
  type SchemaChecker,
  type SchemaFault,
  type SchemaIssue,
  wholeUse,
} from '@antiphon/engine';
import type { CheckedContent } from '../prompt.ts';

/** The checked values of a prompt's variables. */
export interface FilledVariables {
  /** For the templates. Images and files are replaced by marks. */
  values: JsonObject;
  /** Content parts by their mark. After rendering, each mark is replaced by its part. */
  parts: ReadonlyMap<string, JsonObject>;
}

const root = 'prompt.variables';
const namesShownMax = 20;

/**
 * Checks a caller's variables against the version's input schema, or without one against the variables that its templates read. Throws
 * `invalid_request` with a reason for each kind of fault.
 */
export async function fillVariables(
  caller: Caller,
  { version, variables }: { version: CheckedContent; variables: JsonObject },
  schemas: SchemaChecker,
  gone: AbortSignal,
): Promise<FilledVariables> {
  const parts = new Map<string, JsonObject>();
  const schema = version.content.input_schema;
  const checked = defaultsOf(schema);
  const values = { ...checked };
  for (const [name, value] of Object.entries(variables)) {
    const text = textOfItem(name, value);
    checked[name] = values[name] = text ?? value;
    if (text === null && isItem(value)) {
      const mark = newMark();
      parts.set(mark, value);
      values[name] = mark;
    }
  }
  if (schema === null) checkNames(version, variables);

  const rules = version.content.validation_rules.filter(({ target }) => target === 'input');
  const uses = [...(schema === null ? [] : [wholeUse(schema, 'input_schema')]), ...rulesUses(rules)];
  const fault = uses.length === 0 ? null : await schemas.findFault(caller, uses, checked, gone);
  if (fault) throw refusalOf(fault, schema === null ? rules : [null, ...rules]);
  return { values, parts };
}

const itemTypes = new Set(['input_text', 'input_image', 'input_file']);

/** Whether a variable is an input item, as in OpenAI's API, and not an object for the templates. */
function isItem(value: JsonValue): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value.type === 'string' &&
    itemTypes.has(value.type)
  );
}

/** The text of a text item, or a content part. Throws `invalid_request` for an item with missing fields. */
function textOfItem(name: string, value: JsonValue): string | null {
  if (!isItem(value)) return null;
  const part = decodePart(value, ['prompt', 'variables', name]);
  return part.type === 'text' ? part.text : null;
}

/** A mark that callers cannot guess and template filters do not change: random digits between private-use characters. */
function newMark(): string {
  return `\ue000${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}\ue001`;
}

function checkNames({ variables: read }: CheckedContent, variables: JsonObject): void {
  const given = Object.keys(variables);
  if (given.length > 0 && read.length === 0) {
    throw refusal('schema_required', {
      message:
        'This prompt takes no variables: its templates read none, and it has no input schema that names any.',
    });
  }
  const missing = read.filter(({ name, isOptional }) => !isOptional && !Object.hasOwn(variables, name));
  if (missing.length > 0) {
    throw refusal('prompt_variable_missing', {
      message: `Missing prompt variables: ${listed(missing.map(({ name }) => name))}`,
    });
  }
  const unknown = given.filter((name) => !read.some((variable) => variable.name === name));
  if (unknown.length > 0) {
    throw refusal('prompt_variable_unknown', { message: `Unknown prompt variables: ${listed(unknown)}` });
  }
}

type PromptRule = CheckedContent['content']['validation_rules'][number];

/** `rules` has an entry for each checked schema; null is the input schema. A broken rule is refused with its own message. */
function refusalOf({ index, issue }: SchemaFault, rules: readonly (PromptRule | null)[]): AppError {
  const rule = rules[index];
  if (rule && issue.keyword !== 'too_complex') {
    const param = pathName(rule.path.split('/').slice(1), root);
    return refusal('invalid_value', { message: rule.message, param });
  }
  const [name, ...rest] = issue.path;
  if (reasonOf(issue) === 'prompt_variable_unknown' && rest.length === 0) {
    return refusal('prompt_variable_unknown', { message: `Unknown prompt variables: ${String(name)}` });
  }
  return refusal(reasonOf(issue, rest.length > 0), {
    message: describeIssue(issue, root),
    param: pathName(issue.path, root),
  });
}

const reasons: Record<string, string> = {
  required: 'required',
  dependentRequired: 'required',
  dependencies: 'required',
  type: 'invalid_type',
  enum: 'invalid_choice',
  const: 'invalid_choice',
  minLength: 'invalid_length',
  maxLength: 'invalid_length',
  minItems: 'invalid_length',
  maxItems: 'invalid_length',
  minProperties: 'invalid_length',
  maxProperties: 'invalid_length',
  format: 'invalid_format',
  pattern: 'invalid_format',
  additionalProperties: 'prompt_variable_unknown',
  unevaluatedProperties: 'prompt_variable_unknown',
};

/** An unknown property within a variable counts as a wrong value. */
function reasonOf({ keyword }: SchemaIssue, isWithin = false): string {
  const reason = reasons[keyword] ?? 'invalid_value';
  return isWithin && reason === 'prompt_variable_unknown' ? 'invalid_value' : reason;
}

/** The default of a declared variable that the caller leaves out. */
function defaultsOf(schema: JsonObject | null): JsonObject {
  const properties = schema?.properties;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) =>
      typeof property === 'object' &&
      property !== null &&
      !Array.isArray(property) &&
      property.default !== undefined
        ? [[name, property.default]]
        : [],
    ),
  );
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, namesShownMax)
    .map((name) => name.slice(0, 64))
    .join(', ');
  return names.length > namesShownMax ? `${shown}, …` : shown;
}

function refusal(reason: string, { message, param = root }: { message: string; param?: string }): AppError {
  return new AppError('invalid_request', message, { reason, param: param.slice(0, 256) });
}
