import { z } from 'zod';
import { parseDuration } from './env.ts';

/** One entry of the limits file. */
export interface Limit<Value> {
  /** The default, written as in the file. */
  readonly fallback: string | number | readonly string[];
  /** One sentence: the bounded quantity, and the unit where the value does not show it. */
  readonly about: string;
  /** The allowed values, where they have bounds. */
  readonly allowed: string | null;
  /** Reads the value of the file. */
  readonly schema: z.ZodType<Value>;
}

/** A section of the limits file: the limits of one feature by their names. */
export type LimitSection = Readonly<Record<string, Limit<unknown>>>;

interface Bounds {
  min: number;
  max?: number;
}

/** A time such as `45s`; its value is in milliseconds. */
export function durationLimit(fallback: string, about: string): Limit<number> {
  const schema = z.unknown().transform((value, context) => {
    const milliseconds = typeof value === 'string' ? parseDuration(value) : null;
    if (milliseconds !== null) return milliseconds;
    context.addIssue(`must be a duration such as 45s, 500ms or 1m, got ${shown(value)}`);
    return z.NEVER;
  });
  return { fallback, about, allowed: null, schema };
}

/** A whole number within bounds. */
export function countLimit(fallback: number, bounds: Bounds, about: string): Limit<number> {
  const allowed = allowedRange(bounds);
  const schema = z.unknown().transform((value, context) => {
    if (typeof value === 'number' && isWithin(value, bounds)) return value;
    context.addIssue(`must be a whole number, ${allowed}, got ${shown(value)}`);
    return z.NEVER;
  });
  return { fallback, about, allowed, schema };
}

/** A size such as `512KiB`, or a number of bytes; its value is in bytes. */
export function bytesLimit(fallback: string, bounds: Bounds, about: string): Limit<number> {
  const allowed = `${allowedRange(bounds)} bytes`;
  const schema = z.unknown().transform((value, context) => {
    const bytes = parseBytes(value);
    if (bytes !== null && isWithin(bytes, bounds)) return bytes;
    context.addIssue(`must be a size such as 512KiB, 8MiB or 1048576, ${allowed}, got ${shown(value)}`);
    return z.NEVER;
  });
  return { fallback, about, allowed, schema };
}

/** A list of `name=duration`, in its order; the durations are in milliseconds. */
export function durationsByName(about: string): Limit<readonly (readonly [string, number])[]> {
  const schema = z.unknown().transform((value, context) => {
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    return entries.map((entry): [string, number] => {
      const [, name, text = ''] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(String(entry)) ?? [];
      const milliseconds = parseDuration(text);
      if (name !== undefined && milliseconds !== null) return [name, milliseconds];
      context.addIssue(`must be a list of name=duration, got ${shown(entry)}`);
      return z.NEVER;
    });
  });
  return { fallback: [], about, allowed: null, schema };
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function parseBytes(value: unknown): number | null {
  if (typeof value === 'number') return value;
  const [, amount, unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/.exec(String(value)) ?? [];
  return amount === undefined ? null : Number(amount) * (byteUnits[unit] ?? 1);
}

function isWithin(value: number, { min, max = Number.MAX_SAFE_INTEGER }: Bounds): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function allowedRange({ min, max }: Bounds): string {
  return max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
