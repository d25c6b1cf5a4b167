import type { JsonObject } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { toInlinedSchema } from './inlined-schema.ts';

const path = 'tools[0].parameters';
const form = { keepsRecursion: true };

describe('a schema', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'keeps limits of values',
      { type: 'string', pattern: '^a', minLength: 2 },
      { type: 'string', pattern: '^a', minLength: 2 },
    ],
    [
      'loses names and empty descriptions',
      { $schema: 'x', $id: 'y', type: 'string', description: '' },
      { type: 'string' },
    ],
    ['has const as enum', { const: 'a' }, { enum: ['a'] }],
    ['has oneOf as anyOf', { oneOf: [{ type: 'string' }, true] }, { anyOf: [{ type: 'string' }, {}] }],
    ['has nullable as a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['has a tuple as prefixItems', { items: [{ type: 'string' }] }, { prefixItems: [{ type: 'string' }] }],
    ['keeps additionalProperties', { additionalProperties: false }, { additionalProperties: false }],
    [
      'translates within maps',
      { properties: { a: { additionalProperties: { const: 1 } } } },
      { properties: { a: { additionalProperties: { enum: [1] } } } },
    ],
    [
      'has properties with the names of keywords',
      { properties: { not: { type: 'string' }, const: { type: 'string' } } },
      { properties: { not: { type: 'string' }, const: { type: 'string' } } },
    ],
    [
      'has references inlined, with what stands beside them',
      {
        properties: { a: { $ref: '#/$defs/A', description: 'One' }, b: { $ref: '#/definitions/b~1c' } },
        $defs: { A: { type: 'string', description: 'Any' } },
        definitions: { 'b/c': { $ref: '#/$defs/A' } },
      },
      {
        properties: { a: { type: 'string', description: 'One' }, b: { type: 'string', description: 'Any' } },
      },
    ],
    [
      'has allOf merged',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { type: 'object', properties: { a: { description: 'A' }, b: true }, required: ['a', 'b'] },
        ],
      },
      {
        type: 'object',
        properties: { a: { type: 'string', description: 'A' }, b: {} },
        required: ['a', 'b'],
      },
    ],
    [
      'keeps references of schemas that contain themselves',
      {
        $ref: '#/$defs/Node',
        $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node', description: 'x' } } } },
      },
      {
        type: 'object',
        properties: { next: { $ref: '#/$defs/schema_1' } },
        $defs: { schema_1: { type: 'object', properties: { next: { $ref: '#/$defs/schema_1' } } } },
      },
    ],
    [
      'keeps references to the whole',
      { type: 'object', properties: { child: { $ref: '#' } } },
      {
        type: 'object',
        properties: { child: { $ref: '#/$defs/schema_1' } },
        $defs: { schema_1: { type: 'object', properties: { child: { $ref: '#/$defs/schema_1' } } } },
      },
    ],
  ])('%s', (_what, schema, expected) => {
    expect(toInlinedSchema(schema, path, form)).toEqual(expected);
  });

  it.each<[string, JsonObject, string]>([
    ['not', { properties: { a: { not: { type: 'string' } } } }, `${path}.properties.a.not`],
    ['if', { if: {}, then: {} }, `${path}.if`],
    ['patternProperties', { patternProperties: { '^a': {} } }, `${path}.patternProperties`],
    ['a schema that nothing fits', { properties: { a: false } }, `${path}.properties.a`],
    ['a reference to another document', { items: { $ref: 'https://a.example/b' } }, `${path}.items`],
    ['a reference to nothing', { $ref: '#/$defs/gone' }, path],
    ['two kinds of choices', { oneOf: [true], anyOf: [true] }, `${path}.anyOf`],
    ['two types at once', { allOf: [{ type: 'string' }, { type: 'object' }] }, `${path}.allOf`],
    ['properties that are no map', { properties: [] }, `${path}.properties`],
  ])('with %s is refused', (_what, schema, param) => {
    expect(() => toInlinedSchema(schema, path, form)).toThrow(
      expect.objectContaining({ code: 'model_refused', param }) as Error,
    );
  });

  it('that grows without end by its references is refused', () => {
    const definitions: JsonObject = { d0: { type: 'string' } };
    for (let depth = 1; depth <= 20; depth++) {
      const inner = { $ref: `#/$defs/d${depth - 1}` };
      definitions[`d${depth}`] = { properties: { a: inner, b: inner } };
    }
    expect(() => toInlinedSchema({ $ref: '#/$defs/d20', $defs: definitions }, path, form)).toThrow(
      'more than 5000 schemas',
    );
  });

  it('that contains itself is refused where there are no references', () => {
    const schema = { type: 'object', properties: { child: { $ref: '#' } } };
    expect(() => toInlinedSchema(schema, path, { keepsRecursion: false })).toThrow(
      expect.objectContaining({ code: 'model_refused', param: `${path}.properties.child` }) as Error,
    );
  });
});
