import type { JsonObject } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { compileJsonSchema } from './json-schema.ts';
import { describeIssue } from './schema-issue.ts';

const person: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://example.com/person',
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 2 },
    age: { type: 'integer', minimum: 0 },
    mail: { type: 'string', format: 'email' },
    role: { enum: ['admin', 'guest'] },
    children: { type: 'array', items: { $ref: '#' } },
    nick: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['name'],
  additionalProperties: false,
};

function complaint(schema: JsonObject, value: unknown): string | null {
  const issue = compileJsonSchema(schema, 'schema')(value);
  return issue && describeIssue(issue, 'it');
}

function refusal(schema: JsonObject): string {
  try {
    compileJsonSchema(schema, 'output_schema');
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_request', param: 'output_schema' });
    return (error as Error).message;
  }
}

const typeNames = 'one of "array", "boolean", "integer", "null", "number", "object", "string"';

/** Each of `levels` definitions needs the next one twice. */
function doubling(levels: number): JsonObject {
  const next = (level: number) => ({ $ref: `#/$defs/l${level + 1}` });
  const $defs = Object.fromEntries(
    Array.from({ length: levels }, (_, level) => [`l${level}`, { anyOf: [next(level), next(level)] }]),
  );
  return { $ref: '#/$defs/l0', $defs: { ...$defs, [`l${levels}`]: { type: 'null' } } };
}

describe('a JSON Schema', () => {
  it.each([
    [{ name: 'Ada', age: 36, mail: 'ada@example.com', role: 'admin', nick: null }, null],
    [{ name: 'Ada', children: [{ name: 'Bo' }, {}] }, 'it.children[1].name is required'],
    [{ name: 'A' }, 'it.name must NOT have fewer than 2 characters'],
    [{ name: 'Ada', age: '36' }, 'it.age must be integer'],
    [{ name: 'Ada', mail: 'ada' }, 'it.mail must match format "email"'],
    [{ name: 'Ada', role: 'boss' }, 'it.role must be one of "admin", "guest"'],
    [{ name: 'Ada', constructor: 1 }, 'it.constructor is not allowed'],
    [{ name: 'Ada', nick: 3 }, 'it.nick fits none of the alternatives: must be string; must be null'],
    ['Ada', 'it must be object'],
  ])('checks %j', (value, expected) => {
    expect(complaint(person, value)).toBe(expected);
  });

  it('does not count inherited properties', () => {
    expect(complaint({ required: ['constructor'] }, {})).toBe('it.constructor is required');
  });

  it('accepts older drafts where `$schema` names one', () => {
    const pair = { items: [{ type: 'string' }, { type: 'number' }] };
    expect(complaint({ $schema: 'http://json-schema.org/draft-07/schema#', ...pair }, ['a', 'b'])).toBe(
      'it[1] must be number',
    );
    expect(refusal(pair)).toMatch(/output_schema is not a usable JSON Schema: .*items/);
  });

  it.each([
    [{ properties: { a: 3 } }, /in the place of a schema/],
    [
      { $ref: 'https://example.com/other' },
      /refers to https:\/\/example.com\/other, which is no schema within it/,
    ],
    [{ $ref: '#/default', default: {} }, /refers to #\/default/],
    [{ properties: { a: { $id: 'x' } } }, /has an \$id within/],
    [{ $dynamicRef: '#a' }, /uses \$dynamicRef/],
    [{ $async: true }, /uses \$async/],
    [{ enum: ['x'.repeat(70_000)] }, /at most 65536 characters/],
    [
      { properties: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`p${i}`, {}])) },
      /1000 properties/,
    ],
    [
      Array.from({ length: 40 }).reduce<JsonObject>((inner) => ({ items: inner }), {}),
      /at most 32 schemas deep/,
    ],
  ])('is refused where it is too much: %#', (schema, expected) => {
    expect(refusal(schema)).toMatch(expected);
  });

  it.each([
    [{ type: 'strin' }, `type must be ${typeNames} or a list of these, got "strin"`],
    [
      { properties: { a: { items: { type: ['string', 'x'] } } } },
      `properties.a.items.type[1] must be ${typeNames}, got "x"`,
    ],
    [{ properties: { a: { minLength: -1 } } }, 'properties.a.minLength must be >= 0, got -1'],
    [{ items: [{ type: 'string' }] }, 'items must be object or boolean, got [{"type":"string"}]'],
    [{ allOf: [{ required: 'a' }] }, 'allOf[0].required must be array, got "a"'],
    [
      { properties: { a: { pattern: '(?=a)b' } } },
      'the pattern "(?=a)b" is not in RE2 syntax: invalid or unsupported Perl syntax: `(?=`',
    ],
  ])('that is not usable is refused with the place and what is allowed there: %j', (schema, reason) => {
    expect(refusal(schema)).toBe(`output_schema is not a usable JSON Schema: ${reason}`);
  });

  it('runs patterns in linear time', () => {
    // A backtracking engine would never finish.
    expect(complaint({ pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`)).toMatch(/must match pattern/);
  });

  it('distinguishes its patterns', () => {
    const both = { properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } };
    expect(complaint(both, { a: 'a', b: 'b' })).toBeNull();
    expect(complaint(both, { a: 'a', b: 'a' })).toBe('it.b must match pattern "^b$"');
  });

  it.each([
    ['references that double', doubling(28), 'x'],
    ['a reference to itself', { $ref: '#' }, 'x'],
    [
      'alternatives that double with each level of the value',
      {
        anyOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }],
        not: { type: 'object' },
      },
      Array.from({ length: 40 }).reduce<unknown>((inner) => ({ a: inner }), {}),
    ],
    [
      'many alternatives for many items',
      { items: { anyOf: Array.from({ length: 2_000 }, () => ({ type: 'null' })) } },
      Array.from({ length: 10_000 }, () => 1),
    ],
  ])('finishes with %s', (_, schema, value) => {
    // Without bounds most of these would outlive the test.
    expect(complaint(schema, value)).not.toBeNull();
  });

  it('compares the items of short arrays only', () => {
    const unique = { uniqueItems: true };
    expect(complaint(unique, [{ a: 1 }, { a: 1 }])).toMatch(/must NOT have duplicate items/);
    expect(
      complaint(
        unique,
        Array.from({ length: 1_001 }, (_, i) => ({ i })),
      ),
    ).toMatch(/more than 1000 items/);
  });

  it('is compiled once', () => {
    expect(compileJsonSchema({ ...person }, 'a')).toBe(compileJsonSchema({ ...person }, 'b'));
  });
});
