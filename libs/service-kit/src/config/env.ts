import { issuesOf } from '@antiphon/contracts';
import { z } from 'zod';

/** The environment is not usable: one line for each invalid variable. Stops the boot. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads one app's variables by its schema. An empty variable counts as unset. Throws ConfigError that names every invalid variable.
 */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
): z.output<z.ZodObject<Shape>> {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = z.object(shape).safeParse(set, { reportInput: true });
  if (result.success) return result.data;
  const lines = issuesOf(result.error, { countMax: Infinity }).map(
    ({ path, kind, complaint }) => `  ${path.join('.')}: ${kind === 'missing' ? 'must be set' : complaint}`,
  );
  throw new ConfigError(`The environment is not usable:\n${lines.join('\n')}`);
}

const durationUnitsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in Go's form (`45s`, `500ms`, `1m30s`), with `d` for days. Null where it is not one. Milliseconds. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (durationUnitsMs[unit ?? ''] ?? 0);
  }
  return total;
}

/** A duration variable; its value is in milliseconds. */
export function duration(fallback: string) {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const milliseconds = parseDuration(text);
      if (milliseconds !== null) return milliseconds;
      context.addIssue(`must be a duration such as 45s, 500ms or 1m, got "${text}"`);
      return z.NEVER;
    });
}

/** A switch: true/false, 1/0, on/off, yes/no. */
export function flag(fallback: boolean) {
  return z
    .string()
    .default(String(fallback))
    .transform((text, context) => {
      if (/^(true|1|on|yes)$/i.test(text)) return true;
      if (/^(false|0|off|no)$/i.test(text)) return false;
      context.addIssue(`must be true or false, got "${text}"`);
      return z.NEVER;
    });
}

/** A whole number within bounds. */
export function integer(fallback: number, bounds: { min: number; max?: number } = { min: 0 }) {
  return z
    .string()
    .default(String(fallback))
    .transform((text, context) => {
      const value = Number(text);
      const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
      if (/^-?\d+$/.test(text) && value >= bounds.min && value <= max) return value;
      context.addIssue(`must be a whole number from ${bounds.min} to ${max}, got "${text}"`);
      return z.NEVER;
    });
}

/** A list, separated by commas. */
export function list(fallback: readonly string[] = []) {
  return z
    .string()
    .default(fallback.join(','))
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    );
}

/** Durations, separated by commas; at least one. Milliseconds. */
export function durationList(fallback: readonly [string, ...string[]]) {
  return list(fallback).transform((texts, context) => {
    const milliseconds = texts.map(parseDuration);
    if (milliseconds.length > 0 && milliseconds.every((entry) => entry !== null)) return milliseconds;
    context.addIssue(`must be durations separated by commas, such as 5s,5m,1h, got "${texts.join(',')}"`);
    return z.NEVER;
  });
}

/** A text that may be left out; null then. */
export function optionalText() {
  return z
    .string()
    .optional()
    .transform((text) => text ?? null);
}

/** An http or https URL. */
export function urlText(fallback: string) {
  return z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).default(fallback);
}
