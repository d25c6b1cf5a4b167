/** The error at the end of a chain of causes: what happened, beneath what was made of it. An error without a cause is its own. */
export function deepestCause(error: unknown): unknown {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest;
}
