import { AppError } from '../errors.ts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { read } from './read.ts';

const Schema = z.strictObject({
  name: z.string().max(3),
  size: z.number().max(2),
  kind: z.enum(['a', 'b']),
  tags: z.array(z.string()).min(1),
});

it('lists all faults, and its message names the first', () => {
  try {
    read(Schema, { name: 7, size: 3, tags: [], extra: 1, more: 2 }, ['body', 0]);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'invalid_request',
      param: 'body[0].name',
      message: 'body[0].name must be a string, got 7',
      issues: [
        { path: ['body', 0, 'name'], kind: 'wrong_type', message: 'body[0].name must be a string, got 7' },
        { path: ['body', 0, 'size'], kind: 'too_large', message: 'body[0].size must be at most 2, got 3' },
        { path: ['body', 0, 'kind'], kind: 'missing', message: 'body[0].kind is required' },
        { path: ['body', 0, 'tags'], kind: 'too_small', message: 'body[0].tags must not be empty' },
        { path: ['body', 0, 'extra'], kind: 'unknown_field', message: 'body[0].extra is not a known field' },
        { path: ['body', 0, 'more'], kind: 'unknown_field' },
      ],
    });
  }
});

it('reports the type of a value, not its length as well', () => {
  const Blocks = z.object({ blocks: z.array(z.unknown()).min(1).max(3) });
  for (const blocks of ['four', '']) {
    const check = () => read(Blocks, { blocks });
    expect(check).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ kind: 'wrong_type' })] }),
    );
  }
});

it('reports the fault within the matching alternative of a union', () => {
  const Effort = z.object({ effort: z.enum(['low', 'high']) });
  const Reasoning = z.object({ reasoning: z.union([z.boolean(), Effort]) });
  const refusalOf = (reasoning: unknown) => {
    try {
      return read(Reasoning, { reasoning });
    } catch (error) {
      return error;
    }
  };
  expect(refusalOf({ effort: 'x' })).toMatchObject({
    param: 'reasoning.effort',
    message: 'reasoning.effort must be "low" or "high", got "x"',
  });
  expect(refusalOf('x')).toMatchObject({
    param: 'reasoning',
    message: 'reasoning must be a boolean or a JSON object, got a string',
  });
  expect(refusalOf(undefined)).toMatchObject({ message: 'reasoning is required' });
});

it('lists the first 20 faults of any number', () => {
  const refused = (schema: z.ZodType, value: unknown) => {
    try {
      read(schema, value);
    } catch (error) {
      return error instanceof AppError ? error.issues.length : error;
    }
    return 0;
  };
  const entries = Array.from({ length: 5_000 }, () => 7);
  const fields = Object.fromEntries(entries.map((value, index) => [`field${index}`, value]));
  expect(refused(z.array(z.string()), entries)).toBe(20);
  expect(refused(z.strictObject({}), fields)).toBe(20);
  expect(refused(z.array(z.strictObject({})), [fields, fields])).toBe(20);
});
