import { describe, expect, it } from 'vitest';
import { hasAtMost, isCheapToCheck, isCheapToCompile } from './schema-cost.ts';

const text = (value: unknown) => JSON.stringify(value);

describe('a schema', () => {
  it.each([
    [{ type: 'object', properties: { city: { type: 'string' } } }, true, true],
    [{ $ref: '#' }, true, false],
    [{ format: 'email' }, true, false],
    [{ uniqueItems: true }, true, false],
    [{ pattern: 'a' }, false, false],
    [{ patternProperties: { a: {} } }, false, false],
    [{ enum: ['x'.repeat(5_000)] }, false, false],
  ])('is cheap by its size and its keywords: %#', (schema, compiles, checks) => {
    expect(isCheapToCompile(text(schema))).toBe(compiles);
    expect(isCheapToCheck(text(schema), text('a value'))).toBe(checks);
  });

  it('is cheap for small values only', () => {
    const schema = text({ enum: ['x'.repeat(1_000)] });
    expect(isCheapToCheck(schema, 'x'.repeat(3_000))).toBe(true);
    expect(isCheapToCheck(schema, 'x'.repeat(5_000))).toBe(false);
  });
});

it('counts the values within a value', () => {
  const value = { a: [1, { b: null }], c: 'x' };
  expect(hasAtMost(value, 6)).toBe(true);
  expect(hasAtMost(value, 5)).toBe(false);
});
