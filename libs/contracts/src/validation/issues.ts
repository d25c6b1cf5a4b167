import type { z } from 'zod';
import { bodyLimits } from '../body-limits.ts';
import { nameOf, type RequestPath } from './request-path.ts';

/** One fault of a value that was checked against a schema. */
export interface RequestIssue {
  /** The place of the fault, in the words of the checked value; empty for the value as a whole. */
  path: RequestPath;
  /** A sentence: the name of the place, then the complaint. */
  message: string;
  kind: 'missing' | 'unknown_field' | 'wrong_type' | 'too_large' | 'too_small' | 'wrong_value';
}

/** An issue with its sentence in parts, for messages that name the place in their own way. */
export interface SchemaIssue extends RequestIssue {
  /** What is wrong, without the place: "must be a string, got 7". */
  complaint: string;
}

/** The name that a sentence gives to a value as a whole. */
const wholeBody = 'The request body';

export interface IssueOptions {
  /** The place of the checked value. Left out: the whole. */
  path?: RequestPath;
  /** The name of the whole in a sentence. */
  whole?: string;
  /** How many issues to list; the others cost nothing. */
  countMax?: number;
}

/**
 * The faults that a schema found, as sentences: the only translation of zod's issues. A sentence says what the value is instead where the
 * schema was called with `reportInput: true`.
 */
export function issuesOf(error: z.core.$ZodError, options: IssueOptions = {}): SchemaIssue[] {
  const { path = [], whole = wholeBody, countMax = bodyLimits.issuesMax } = options;
  return error.issues
    .filter((issue, index, all) => !isFollowUp(issue, all[index - 1]))
    .slice(0, countMax)
    .flatMap((issue) => translate(issue, { path, whole, countMax }))
    .slice(0, countMax);
}

export function issueAt(
  path: RequestPath,
  complaint: string,
  kind: RequestIssue['kind'],
  whole = wholeBody,
): SchemaIssue {
  return { path, message: `${nameOf(path) || whole} ${complaint}`, complaint, kind };
}

/** The kind of a value in a sentence: "a string", "an array". */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A word of the caller's in a sentence, cut to 64 characters; the kind of a value that is no string. */
export function quote(word: unknown): string {
  if (typeof word !== 'string') return kindOf(word);
  return JSON.stringify(word.length > 64 ? `${word.slice(0, 64)}…` : word);
}

/** Whether an issue is about the length of a value of the wrong type: a string that should be an array has a length, too. */
function isFollowUp(issue: z.core.$ZodIssue, before: z.core.$ZodIssue | undefined): boolean {
  return before?.code === 'invalid_type' && issue.path.join() === before.path.join();
}

function translate(issue: z.core.$ZodIssue, options: Required<IssueOptions>): SchemaIssue[] {
  const { whole, countMax } = options;
  // A key of parsed JSON is a string or an index, never a symbol.
  const path = [...options.path, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, countMax)
      .map((key) => issueAt([...path, key], 'is not a known field', 'unknown_field', whole));
  // For a union without its own message: the alternative whose own type fits, with a fault inside it.
  const meant = issue.code === 'invalid_union' && !hasOwnWords(issue) && issue.errors.find(isWithin);
  if (meant) return meant.flatMap((inner) => translate(inner, { ...options, path }));
  return [issueAt(path, complaintOf(issue), kindOfIssue(issue), whole)];
}

function isWithin([first]: readonly z.core.$ZodIssue[]): boolean {
  return first !== undefined && first.path.length > 0;
}

/** The message of a schema itself begins with "must". */
function hasOwnWords({ message }: z.core.$ZodIssue): boolean {
  return message.startsWith('must ');
}

function kindOfIssue(issue: z.core.$ZodIssue): RequestIssue['kind'] {
  if (isMissing(issue)) return 'missing';
  if (issue.code === 'invalid_type') return 'wrong_type';
  return issue.code === 'too_big' ? 'too_large' : issue.code === 'too_small' ? 'too_small' : 'wrong_value';
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return 'input' in issue && issue.input === undefined;
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

function complaintOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return 'is required';
  if (hasOwnWords(issue)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expectationOf([issue])}${instead(issue, amountOf)}`;
    case 'too_big':
      if (issue.origin === 'string') return `must be at most ${issue.maximum} characters long`;
      if (issue.origin === 'array') return `must have at most ${issue.maximum} entries`;
      return `must be at most ${issue.maximum}${instead(issue, amountOf)}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array')
        return issue.minimum > 1 ? `must have a length of at least ${issue.minimum}` : 'must not be empty';
      return `must be at least ${issue.minimum}${instead(issue, amountOf)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(quote).join(' or ')}${instead(issue, quote)}`;
    case 'invalid_union':
      if (issue.errors.length === 0) return 'is not a known value';
      return `must be ${issue.errors.map(expectationOf).join(' or ')}${instead(issue, amountOf)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? `must match ${issue.pattern}` : `must be a valid ${issue.format}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

/** What the value is, where the schema reported it. */
function instead(issue: z.core.$ZodIssue, describe: (value: unknown) => string): string {
  return 'input' in issue ? `, got ${describe(issue.input)}` : '';
}

function expectationOf([issue]: readonly z.core.$ZodIssue[]): string {
  if (issue?.code !== 'invalid_type') return 'something else';
  return expectations[issue.expected] ?? issue.expected;
}

/** A number as it is, anything else by its kind. */
function amountOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}
