import { isObject, type JsonObject } from './arguments-form/form-field.ts';

/** The object that a text of arguments has; null where it is none, or where reading it would change a number. */
export function objectOf(text: string): JsonObject | null {
  try {
    let isExact = true;
    const reviver = (_key: string, value: unknown, context?: { source?: string }) => {
      if (
        typeof value === 'number' &&
        /^-?\d{16,}$/.test(context?.source ?? '') &&
        !Number.isSafeInteger(value)
      )
        isExact = false;
      return value;
    };
    const value: unknown = text.trim() === '' ? {} : JSON.parse(text, reviver);
    return isExact && isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** JSON as indented lines; other text, and JSON with numbers that reading would change, as it is. */
export function indented(text: string): string {
  const value = objectOf(text);
  return value ? JSON.stringify(value, null, 2) : text;
}
