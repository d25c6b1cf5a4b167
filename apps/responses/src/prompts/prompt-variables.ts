import { randomUUID } from 'node:crypto';
import { AppError, type JsonObject, type JsonValue } from '@antiphon/contracts';
import { decodePart } from '@antiphon/dialects';
import { compileJsonSchema, describeIssue, pathName, rulesCheck, type SchemaIssue } from '@antiphon/engine';
import type { CheckedContent } from './prompt.ts';

/** What stands for the variables of a prompt. */
export interface FilledVariables {
  /** For the templates. Images and files are marks here. */
  values: JsonObject;
  /** Content parts by their mark: where a mark is in what was rendered, the part is to stand. */
  parts: ReadonlyMap<string, JsonObject>;
}

const root = 'prompt.variables';
const namesShownMax = 20;

/**
 * Checks a caller's variables against the version's input schema, or where it has none against what its templates read. Throws
 * `invalid_request` with a reason of its own for each thing that can be wrong.
 */
export function fillVariables(version: CheckedContent, variables: JsonObject): FilledVariables {
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
  else checkSchema(schema, checked);
  checkRules(version, checked);
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

/** A text item is its text. Throws `invalid_request` for an item that is not whole. */
function textOfItem(name: string, value: JsonValue): string | null {
  if (!isItem(value)) return null;
  const part = decodePart(value, ['prompt', 'variables', name]);
  return part.type === 'text' ? part.text : null;
}

/** Nobody can guess it, and no filter changes it: digits between characters that mean nothing. */
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

function checkSchema(schema: JsonObject, variables: JsonObject): void {
  const issue = compileJsonSchema(schema, 'input_schema')(variables);
  if (!issue) return;
  const [name, ...rest] = issue.path;
  if (reasonOf(issue) === 'prompt_variable_unknown' && rest.length === 0) {
    throw refusal('prompt_variable_unknown', { message: `Unknown prompt variables: ${String(name)}` });
  }
  throw refusal(reasonOf(issue, rest.length > 0), {
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

/** Within a variable, what a schema does not know is a wrong value like others. */
function reasonOf({ keyword }: SchemaIssue, isWithin = false): string {
  const reason = reasons[keyword] ?? 'invalid_value';
  return isWithin && reason === 'prompt_variable_unknown' ? 'invalid_value' : reason;
}

function checkRules({ content }: CheckedContent, variables: JsonObject): void {
  const broken = rulesCheck(content.validation_rules.filter(({ target }) => target === 'input'))(variables);
  if (!broken) return;
  const param = pathName(broken.path.split('/').slice(1), root);
  throw refusal('invalid_value', { message: broken.message, param });
}

/** What a declared variable is where the caller leaves it out. */
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
