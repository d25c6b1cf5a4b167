/**
 * The value of a JSON text, and the first whole number in it that JavaScript changes by reading it; null: every number stays what it is. Throws for
 * a text that is not JSON.
 */
export function readExactly(text: string): { value: unknown; changed: string | null } {
  let changed: string | null = null;
  const value: unknown = JSON.parse(text, (_key, read: unknown, context?: { source?: string }) => {
    const source = context?.source ?? '';
    if (typeof read === 'number' && /^-?\d{16,}$/.test(source) && !Number.isSafeInteger(read))
      changed ??= source;
    return read;
  });
  return { value, changed };
}

/** The object that a text of arguments has; null where it is none, or where reading it would change a number. */
export function objectOf(text: string): Record<string, unknown> | null {
  try {
    const { value, changed } = readExactly(text.trim() === '' ? '{}' : text);
    return changed === null && isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** JSON as indented lines; other text, and JSON with numbers that reading would change, as it is. */
export function indented(text: string): string {
  const value = objectOf(text);
  return value ? JSON.stringify(value, null, 2) : text;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
