import { type JsonObject, pointerSteps, valueAt } from '@antiphon/contracts';
import type { ErrorObject } from 'ajv';

/** Characters of the caller's text that a message quotes. */
const quotedMax = 200;

/** The first place at which a value fails its schema, and the reason. */
export interface SchemaIssue {
  /** The path from the root to the fault; for a missing property, to where it should be. */
  path: readonly (string | number)[];
  /** The violated keyword of JSON Schema; `too_complex` where the check costs too much. */
  keyword: string;
  /** Follows the name of the place: "must be string". */
  complaint: string;
}

/** An issue as a sentence: `the answer.items[0].price must be number`. */
export function describeIssue({ path, complaint }: SchemaIssue, root: string): string {
  return `${pathName(path, root)} ${complaint}`;
}

/** A path as text: `root.items[0].price`. */
export function pathName(path: readonly (string | number)[], root: string): string {
  let name = root;
  for (const step of path) name += typeof step === 'number' ? `[${step}]` : `${name && '.'}${step}`;
  return name;
}

/** With alternatives, the last error is that none fits, and the errors before it say why. */
export function issueOf(errors: readonly ErrorObject[]): SchemaIssue {
  const error = errors.at(-1);
  if (!error) return { path: [], keyword: 'false schema', complaint: 'is not allowed' };
  const path = pathOf(error.instancePath);
  const { keyword, params } = error;
  const property: unknown = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  if (typeof property === 'string') path.push(property);
  return { path, keyword, complaint: complaintOf(error, errors.slice(0, -1)) };
}

function complaintOf(error: ErrorObject, before: readonly ErrorObject[]): string {
  const { keyword, params, message = 'does not fit' } = error;
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
    case 'dependencies':
      return 'is required';
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'false schema':
      return 'is not allowed';
    case 'enum':
      return `must be one of ${cut(
        listOf(params.allowedValues)
          .map((value) => JSON.stringify(value))
          .join(', '),
      )}`;
    case 'const':
      return `must be ${quoted(params.allowedValue)}`;
    case 'anyOf':
    case 'oneOf': {
      const reasons = new Set(before.map((reason) => complaintOf(reason, [])));
      return reasons.size === 0
        ? message
        : `fits none of the alternatives: ${[...reasons].slice(0, 4).join('; ')}`;
    }
    case 'type':
      return `must be ${listOf(params.type).join(' or ')}`;
    default:
      return message;
  }
}

/**
 * Why the meta-schema refuses a schema: `properties.a.type must be one of "array", …, got "strin"`. Of several errors the deepest is closest to the
 * fault: those above say that no alternative fits.
 */
export function describeSchemaFault(errors: readonly ErrorObject[], schema: JsonObject): string {
  const depthOf = ({ instancePath }: ErrorObject) => pointerSteps(instancePath).length;
  const [error] = [...errors].sort((one, other) => depthOf(other) - depthOf(one));
  if (!error) return 'its meta-schema refuses it';
  const path = pathOf(error.instancePath);
  const mayBeList = error.keyword === 'enum' && path.at(-1) === 'type' ? ' or a list of these' : '';
  const value = valueAt(schema, error.instancePath);
  const place = describeIssue({ path, keyword: error.keyword, complaint: complaintOf(error, []) }, '');
  return `${place}${mayBeList}, got ${quoted(value)}`;
}

/** A value as JSON, cut where it is long. */
export function quoted(value: unknown): string {
  return cut(value === undefined ? 'nothing' : JSON.stringify(value));
}

function cut(text: string): string {
  return text.length > quotedMax ? `${text.slice(0, quotedMax)}…` : text;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** The steps of a JSON pointer. Numeric steps are shown as array indexes, also where they are property names. */
function pathOf(pointer: string): (string | number)[] {
  return pointerSteps(pointer).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
