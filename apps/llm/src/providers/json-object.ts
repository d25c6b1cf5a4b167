import type { JsonObject } from '@antiphon/contracts';

export type UnknownObject = Record<string, unknown>;

export function isObject(value: unknown): value is UnknownObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list; none where it is no list. */
export function objectsOf(list: unknown): UnknownObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

const nulEscape = '\\u0000';

/**
 * The object that a provider's JSON text holds; undefined when it is not JSON or not an object. NUL characters of its texts become U+FFFD: they cannot be stored, and callers send answers back.
 */
export function parseObject(text: string): UnknownObject | undefined {
  try {
    const value: unknown = text.includes(nulEscape) ? JSON.parse(text, withoutNul) : JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An object of `parseObject`, or one within it: its values are JSON. */
export function asJson(value: UnknownObject): JsonObject {
  return value as JsonObject;
}

function withoutNul(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
