import { expect, it } from 'vitest';
import { deepestCause } from './deepest-cause.ts';

it('is the last error of the chain', () => {
  const first = new Error('ECONNREFUSED', { cause: 'no error' });
  expect(deepestCause(new Error('fetch failed', { cause: new Error('connect', { cause: first }) }))).toBe(
    first,
  );
  expect(deepestCause(first)).toBe(first);
  expect(deepestCause('text')).toBe('text');
});
