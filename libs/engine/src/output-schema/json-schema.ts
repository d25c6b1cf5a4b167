import { AppError, type JsonObject } from '@antiphon/contracts';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { boundSchema, stepKeyword } from './json-schema-bounds.ts';

/** Where a value first fails its schema, and how. */
export interface SchemaIssue {
  /** From the value's root to the place at fault, which for a missing property is where it should be. */
  path: readonly (string | number)[];
  /** The keyword of JSON Schema that does not hold; `too_complex` where the value cost too much to check. */
  keyword: string;
  /** Goes on after the place's name: "must be string". */
  complaint: string;
}

/** Gives the first thing that is wrong with a value, or null. Never throws, and takes a bounded time. */
export type SchemaCheck = (value: unknown) => SchemaIssue | null;

/** How many compiled schemas are kept: each is generated code, which costs milliseconds to make. */
const compiledMax = 200;
const compilerUsesMax = 1_000;
/** How many (sub)schemas may be applied to the parts of one value. A schema of a few lines can ask for more than a lifetime. */
const stepsMax = 200_000;
/** How much of a caller's own words a complaint repeats. */
const quotedMax = 200;

const compiled = new LRUCache<string, SchemaCheck>({ max: compiledMax });

/**
 * Makes the check of a JSON Schema: draft 2020-12, or draft-07 where `$schema` names it or an older one. Values are never coerced. Formats
 * are checked, patterns run in linear time (RE2 syntax: no look-around, no backreferences). `name` is what the caller calls the schema.
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

/** A place in words: `root.items[0].price`. */
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

/** Steps of the check that is under way: checks run to their end, one after the other. */
let steps = 0;

class TooManySteps extends Error {}

function countStep(): boolean {
  if (++steps > stepsMax) throw new TooManySteps();
  return true;
}

const options: Options = {
  // Schemas are written for many readers: what this one does not know is an annotation.
  strict: false,
  logger: false,
  // What every object inherits is no property of a value.
  ownProperties: true,
  inlineRefs: false,
  code: { regExp: Object.assign(linearRegExp, { code: 'linearRegExp' }) },
};

/** Gives an instance of Ajv. It keeps something of every schema it ever compiled, so from time to time it is another one. */
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
  // Ajv tells patterns apart by their text.
  return { test: (text: string) => expression.test(text), toString: () => pattern };
}

function compile(schema: JsonObject, name: string): ValidateFunction {
  const { $schema: draft, ...rest } = schema;
  const isOlder = typeof draft === 'string' && /draft-0[3-7]/.test(draft);
  const ajv = isOlder ? compilers.draft7() : compilers.draft2020();
  try {
    return ajv.compile(rest);
  } catch (cause) {
    // What is generated from a schema that is too nested overflows the stack.
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
      // The last value's errors hold on to it.
      validate.errors = null;
    }
  };
}

/** Where alternatives were tried, the last error is that none fits, and those before say why not. */
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

/** A JSON pointer's steps. Numbers are places in an array, which property names that look like one are shown as, too. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
