import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

/**
 * JSON that this system has parsed and bounded at its edge (depth, size, well-formed strings). Its inside is not checked again, because
 * walking it at every hop is expensive.
 */
export const JsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  {
    message: 'must be an object',
  },
);
/** The value of a JSON text; undefined where it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const JsonValue = z.custom<JsonValue>((value) => value !== undefined, { message: 'must be JSON' });
