import { QueryFailedError } from 'typeorm';

/** The name of the unique constraint that a statement violated; null for every other error. */
export function violatedConstraint(error: unknown): string | null {
  if (!(error instanceof QueryFailedError)) return null;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string }; // pg's DatabaseError
  return code === '23505' ? (constraint ?? null) : null;
}
