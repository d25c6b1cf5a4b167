import { AppError, type Caller, type JsonObject, type JsonValue, valueAt } from '@antiphon/contracts';
import { compileJsonSchema } from './json-schema.ts';
import type { SchemaIssue } from './schema-issue.ts';

/** A caller's schema, and the part of a value that must fit it. */
export interface SchemaUse {
  schema: JsonObject;
  /** The caller's name for the schema, for errors: `text.format.schema`. */
  name: string;
  /** JSON pointer to the part that is checked; empty for the whole value. A value without that part passes. */
  pointer: string;
}

/** The first schema that a value does not fit. */
export interface SchemaFault {
  /** Its place in the list of uses. */
  index: number;
  issue: SchemaIssue;
}

/**
 * Runs callers' schemas. A schema, and above all a pattern, can cost far more time than its size suggests, so an implementation bounds the
 * time and the memory of each call without blocking other work of the process.
 */
export interface SchemaChecker {
  /** Throws `invalid_request` for a schema that cannot be used or is too expensive to compile. */
  assertUsable(caller: Caller, uses: readonly SchemaUse[], signal: AbortSignal): Promise<void>;
  /**
   * The first use that the value does not fit; null where it fits all. A check beyond the bounds is a fault with the keyword `too_complex`.
   * Throws `invalid_request` for a schema that cannot be used, `rate_limited` and `unavailable` where too many checks wait.
   */
  findFault(
    caller: Caller,
    uses: readonly SchemaUse[],
    value: JsonValue,
    signal: AbortSignal,
  ): Promise<SchemaFault | null>;
}

/** All uses as JSON text. Throws `invalid_request` for a schema that is nested too deeply for `JSON.stringify`. */
export function textOfUses(uses: readonly SchemaUse[]): string {
  try {
    return JSON.stringify(uses);
  } catch (cause) {
    const [{ name } = { name: 'schema' }] = uses;
    throw new AppError('invalid_request', `${name} is nested too deeply`, { param: name, cause });
  }
}

/** Compiles the schemas. Throws `invalid_request` for the first that cannot be used. */
export function compileUses(uses: readonly SchemaUse[]): void {
  for (const { schema, name } of uses) compileJsonSchema(schema, name);
}

/** `SchemaChecker.findFault` in the calling thread, with the bounds of `compileJsonSchema` only. */
export function findFault(uses: readonly SchemaUse[], value: JsonValue): SchemaFault | null {
  for (const [index, { schema, name, pointer }] of uses.entries()) {
    const check = compileJsonSchema(schema, name);
    const part = valueAt(value, pointer);
    const issue = part === undefined ? null : check(part);
    if (issue) return { index, issue };
  }
  return null;
}
