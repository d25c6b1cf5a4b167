import { AppError, bodyLimits, nameOf, type RequestIssue, type RequestPath } from '@antiphon/contracts';
import type { z } from 'zod';

export type { RequestPath as Path } from '@antiphon/contracts';
export { nameOf } from '@antiphon/contracts';

type Path = RequestPath;

/**
 * Checks a part of a request body against its schema. The error is one sentence for the caller, which names the first field at fault in
 * the wire's own words, and lists the first `bodyLimits.issuesMax` faults. The schema's complaint is kept as the cause.
 */
export function read<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: Path = [],
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issues = result.error.issues
    .filter((issue, index, all) => !isFollowUp(issue, all[index - 1]))
    .slice(0, bodyLimits.issuesMax)
    .flatMap((issue) => issuesOf(issue, path));
  throw refusalOf(issues.slice(0, bodyLimits.issuesMax), result.error);
}

/** Whether it complains of the length of a value that should have another type: a string that should be an array has a length, too. */
function isFollowUp(issue: z.core.$ZodIssue, before: z.core.$ZodIssue | undefined): boolean {
  return before?.code === 'invalid_type' && issue.path.join() === before.path.join();
}

/** The error for a field that a schema alone cannot judge. `complaint` goes on after the field's name. */
export function refusal(path: Path, complaint: string, cause?: unknown): AppError {
  return refusalOf([issueAt(path, complaint, 'wrong_value')], cause);
}

/** The error for a field that must be there and is not, where a schema alone cannot judge that. */
export function missing(path: Path, reason: string): AppError {
  return refusalOf([issueAt(path, `is required: ${reason}`, 'missing')], undefined);
}

/** The error for several faults at once: its message and field are those of the first. */
function refusalOf(issues: RequestIssue[], cause: unknown): AppError {
  const [first] = issues;
  const message = first?.message ?? 'The request body does not have the expected shape';
  return new AppError('invalid_request', message, {
    param: nameOf(first?.path ?? []) || undefined,
    issues,
    cause,
  });
}

function issueAt(path: Path, complaint: string, kind: RequestIssue['kind']): RequestIssue {
  return { path, message: `${nameOf(path) || 'The request body'} ${complaint}`, kind };
}

/** What a value is, as a sentence says it: "a string", "an array". */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A caller's word in a sentence of ours, cut where it is no word. */
export function quote(word: unknown): string {
  if (typeof word !== 'string') return kindOf(word);
  return JSON.stringify(word.length > 64 ? `${word.slice(0, 64)}…` : word);
}

const expectations: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'a boolean',
  array: 'an array',
  object: 'a JSON object',
  record: 'a JSON object',
};

function issuesOf(issue: z.core.$ZodIssue, path: Path): RequestIssue[] {
  // A key of parsed JSON is a string or an index, never a symbol.
  const place = [...path, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, bodyLimits.issuesMax)
      .map((key) => issueAt([...place, key], 'is not a known field', 'unknown_field'));
  // Of a union without words of its own, the alternative that the value is meant to be: the one that fits but for something inside.
  const meant = issue.code === 'invalid_union' && !hasOwnWords(issue) && issue.errors.find(isWithin);
  if (meant) return meant.flatMap((inner) => issuesOf(inner, place));
  return [issueAt(place, complaintOf(issue), kindOfIssue(issue))];
}

function isWithin([first]: readonly z.core.$ZodIssue[]): boolean {
  return first !== undefined && first.path.length > 0;
}

/** A schema that has its own words for the complaint begins them so. */
function hasOwnWords({ message }: z.core.$ZodIssue): boolean {
  return message.startsWith('must ');
}

function kindOfIssue(issue: z.core.$ZodIssue): RequestIssue['kind'] {
  if (issue.input === undefined) return 'missing';
  if (issue.code === 'invalid_type') return 'wrong_type';
  return issue.code === 'too_big' ? 'too_large' : issue.code === 'too_small' ? 'too_small' : 'wrong_value';
}

function complaintOf(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined) return 'is required';
  if (hasOwnWords(issue)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expectationOf([issue])}, got ${amountOf(issue.input)}`;
    case 'too_big':
      if (issue.origin === 'string') return `must be at most ${issue.maximum} characters long`;
      if (issue.origin === 'array') return `must have at most ${issue.maximum} entries`;
      return `must be at most ${issue.maximum}, got ${amountOf(issue.input)}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty';
      return `must be at least ${issue.minimum}, got ${amountOf(issue.input)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(quote).join(' or ')}, got ${quote(issue.input)}`;
    case 'invalid_union':
      return `must be ${issue.errors.map(expectationOf).join(' or ')}, got ${amountOf(issue.input)}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function expectationOf([issue]: readonly z.core.$ZodIssue[]): string {
  if (issue?.code !== 'invalid_type') return 'something else';
  return expectations[issue.expected] ?? issue.expected;
}

/** A number as it is, all else by its kind. */
function amountOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}
