import { AppError, type JsonObject } from '@antiphon/contracts';
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { boundSchema, stepKeyword } from './json-schema-bounds.ts';
import { describeSchemaFault, issueOf, quoted, type SchemaIssue } from './schema-issue.ts';

/** Returns the first fault of a value, or null. Never throws, and takes a bounded time. */
export type SchemaCheck = (value: unknown) => SchemaIssue | null;

/** Compiled schemas that are kept: generating the code of one takes milliseconds. */
const compiledMax = 200;
const compilerUsesMax = 1_000;
/** Applications of subschemas in the check of one value. A few lines of schema can require an unbounded number. */
const stepsMax = 200_000;
/** Characters of a compiler's message that a refusal has. */
const reasonMax = 300;

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
  const check = checkWith(compile(schema, boundSchema(schema, key.length, name), name));
  compiled.set(key, check);
  return check;
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
  // `compile` does it.
  validateSchema: false,
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
  const expression = compilePattern(pattern);
  // Ajv identifies patterns by their text.
  return { test: (text: string) => expression.test(text), toString: () => pattern };
}

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : '';
    throw new Error(`the pattern ${quoted(pattern)} is not in RE2 syntax: ${reason}`, { cause });
  }
}

/** Compiles the bounded copy of a schema; messages quote the schema itself. */
function compile(schema: JsonObject, bounded: JsonObject, name: string): ValidateFunction {
  const { $schema: draft, ...rest } = bounded;
  const isOlder = typeof draft === 'string' && /draft-0[3-7]/.test(draft);
  const ajv = isOlder ? compilers.draft7() : compilers.draft2020();
  try {
    if (ajv.validateSchema(rest) !== true)
      throw unusable(name, `is not a usable JSON Schema: ${describeSchemaFault(ajv.errors ?? [], schema)}`);
    return ajv.compile(rest);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    // The code of a schema that is nested too deeply overflows the stack.
    if (cause instanceof RangeError) throw unusable(name, 'is too complex', cause);
    const reason = cause instanceof Error ? cause.message : '';
    throw unusable(name, `is not a usable JSON Schema: ${reason.slice(0, reasonMax)}`, cause);
  } finally {
    ajv.removeSchema(rest);
  }
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
