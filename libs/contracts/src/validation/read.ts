import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { issueAt, issuesOf, type RequestIssue } from './issues.ts';
import { nameOf, type RequestPath } from './request-path.ts';

/**
 * Checks a part of a request against its schema. Throws `invalid_request`: a sentence that names the first field at fault in the wire's
 * own words, with the first `bodyLimits.issuesMax` faults as its issues and the schema's error as its cause.
 */
export function read<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: RequestPath = [],
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw refusalOf(issuesOf(result.error, { path }), result.error);
}

/** The error for a field that a schema alone cannot judge. `complaint` follows the field's name in its sentence. */
export function refusal(path: RequestPath, complaint: string, cause?: unknown): AppError {
  return refusalOf([issueAt(path, complaint, 'wrong_value')], cause);
}

/** The error for a missing field that a schema alone cannot require. */
export function missing(path: RequestPath, reason: string): AppError {
  return refusalOf([issueAt(path, `is required: ${reason}`, 'missing')], undefined);
}

/** The error for several faults: its message and field are those of the first. */
function refusalOf(issues: readonly RequestIssue[], cause: unknown): AppError {
  const [first] = issues;
  const message = first?.message ?? 'The request body does not have the expected shape';
  return new AppError('invalid_request', message, {
    param: nameOf(first?.path ?? []) || undefined,
    issues,
    cause,
  });
}
