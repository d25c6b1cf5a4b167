import type { JsonObject } from '@antiphon/contracts';

export type UnknownObject = Record<string, unknown>;

export function isObject(value: unknown): value is UnknownObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object a text holds; undefined when it is not JSON or not an object. */
export function parseObject(text: string): UnknownObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An object that came out of `parseObject`, or out of such an object: whatever it holds is JSON. */
export function asJson(value: UnknownObject): JsonObject {
  return value as JsonObject;
}
