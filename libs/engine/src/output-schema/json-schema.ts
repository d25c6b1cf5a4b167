import { AppError, type JsonObject } from '@antiphon/contracts';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { boundSchema, stepKeyword } from './json-schema-bounds.ts';

/** The first place at which a value fails its schema, and the reason. */
export interface SchemaIssue {
  /** The path from the root to the fault; for a missing property, to where it should be. */
  path: readonly (string | number)[];
  /** The violated keyword of JSON Schema; `too_complex` where the check costs too much. */
  keyword: string;
  /** Follows the name of the place: "must be string". */
  complaint: string;
}

/** Returns the first fault of a value, or null. Never throws, and takes a bounded time. */
export type SchemaCheck = (value: unknown) => SchemaIssue | null;

/** Compiled schemas that are kept: generating the code of one takes milliseconds. */
const compiledMax = 200;
const compilerUsesMax = 1_000;
/** Applications of subschemas in the check of one value. A few lines of schema can require an unbounded number. */
const stepsMax = 200_000;
/** Characters of the caller's text that a message quotes. */
const quotedMax = 200;

const compiled = new LRUCache<string, SchemaCheck>({ max: compiledMax });

/**
 * Makes the check of a JSON Schema: draft 2020-12, or draft-07 where `$schema` names it or an older one. Values are never coerced. Formats
 * are checked, patterns run in linear time (RE2 syntax: no look-around, no backreferences). `name` is the caller's name for the schema.
 * Throws `invalid_request` for a schema that is not one, refers to anything outside itself, or is beyond the bounds of `boundSchema`.
 */
export function compileJsonSchema(schema: JsonObject, name: string): SchemaCheck {
  const key = textOfSchema(schema, name);
  const known = compiled.get(key);
  if (known) return known;
  const check = checkWith(compile(boundSchema(schema, key.length, name), name));
  compiled.set(key, check);
  return check;
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

function textOfSchema(schema: JsonObject, name: string): string {
  try {
    return JSON.stringify(schema);
  } catch (cause) {
    throw unusable(name, 'is nested too deeply', cause);
  }
}

/** Steps of the current check. Checks are synchronous, so there is one at a time. */
let steps = 0;

class TooManySteps extends Error {}

function countStep(): boolean {
  if (++steps > stepsMax) throw new TooManySteps();
  return true;
}

const options: Options = {
  // Unknown keywords are annotations: schemas are written for many validators.
  strict: false,
  logger: false,
  // Inherited properties of objects do not count.
  ownProperties: true,
  inlineRefs: false,
  code: { regExp: Object.assign(linearRegExp, { code: 'linearRegExp' }) },
};

/** Returns an instance of Ajv, from time to time a new one: an instance keeps data of every schema it has compiled. */
function compiler(make: () => Ajv): () => Ajv {
  let ajv: Ajv | undefined;
  let uses = 0;
  return () => {
    if (ajv && uses++ < compilerUsesMax) return ajv;
    uses = 0;
    ajv = make();
    formats.default(ajv);
    return ajv.addKeyword({
      keyword: stepKeyword,
      before: '$ref',
      schema: false,
      errors: false,
      validate: countStep,
    });
  };
}

const compilers = {
  draft2020: compiler(() => new Ajv2020(options)),
  draft7: compiler(() => new Ajv(options)),
};

function linearRegExp(pattern: string) {
  const expression = RE2JS.compile(pattern);
  // Ajv identifies patterns by their text.
  return { test: (text: string) => expression.test(text), toString: () => pattern };
}

function compile(schema: JsonObject, name: string): ValidateFunction {
  const { $schema: draft, ...rest } = schema;
  const isOlder = typeof draft === 'string' && /draft-0[3-7]/.test(draft);
  const ajv = isOlder ? compilers.draft7() : compilers.draft2020();
  try {
    return ajv.compile(rest);
  } catch (cause) {
    // The code of a schema that is nested too deeply overflows the stack.
    if (cause instanceof RangeError) throw unusable(name, 'is too complex', cause);
    throw unusable(name, `is not a usable JSON Schema: ${reasonOf(cause)}`, cause);
  } finally {
    ajv.removeSchema(rest);
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return text
    .replace(/^schema is invalid: /, '')
    .replaceAll(/\bdata\//g, '')
    .slice(0, quotedMax);
}

function unusable(name: string, complaint: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `${name} ${complaint}`, { param: name, cause });
}

function checkWith(validate: ValidateFunction): SchemaCheck {
  return (value) => {
    steps = 0;
    try {
      return validate(value) ? null : issueOf(validate.errors ?? []);
    } catch {
      // Too many steps, or a value nested so deeply that the stack is full.
      return { path: [], keyword: 'too_complex', complaint: 'is too complex to be checked' };
    } finally {
      // The errors refer to the checked value and would keep it in memory.
      validate.errors = null;
    }
  };
}

/** With alternatives, the last error is that none fits, and the errors before it say why. */
function issueOf(errors: readonly ErrorObject[]): SchemaIssue {
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
      return `must be one of ${shown(params.allowedValues)}`;
    case 'const':
      return `must be ${shown(params.allowedValue)}`;
    case 'anyOf':
    case 'oneOf': {
      const reasons = new Set(before.map((reason) => complaintOf(reason, [])));
      return reasons.size === 0
        ? message
        : `fits none of the alternatives: ${[...reasons].slice(0, 4).join('; ')}`;
    }
    default:
      return message;
  }
}

function shown(value: unknown): string {
  const text = Array.isArray(value)
    ? value.map((entry) => JSON.stringify(entry)).join(', ')
    : JSON.stringify(value);
  return text.length > quotedMax ? `${text.slice(0, quotedMax)}…` : text;
}

/** The steps of a JSON pointer. Numeric steps are shown as array indexes, also where they are property names. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
