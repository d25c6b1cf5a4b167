import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

/**
 * JSON that was parsed by us and bounded at the edge (depth, size, well-formed strings): its inside is not looked at again,
 * since walking it at every hop is what costs.
 */
export const JsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  {
    message: 'must be an object',
  },
);
export const JsonValue = z.custom<JsonValue>((value) => value !== undefined, { message: 'must be JSON' });
