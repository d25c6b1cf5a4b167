import { expect } from 'vitest';

/** Vitest's matchers have the type `any`, which would spread over the specs. */
export const anyNumber: unknown = expect.any(Number);
export const anyString: unknown = expect.any(String);
export const anyObject: unknown = expect.any(Object);

export function textLike(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

export function textWith(part: string): unknown {
  return expect.stringContaining(part);
}
