import type { JsonObject } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { toOutputSchema } from '../claude/output-schema.ts';
import { objectSchema, withoutReferences } from './tool-schema.ts';

const path = 'tools[0].parameters';

/** Schemas that each use the next one twice: written once they are few, inlined they are millions. */
function growing(use: (next: JsonObject) => JsonObject): JsonObject {
  const definitions: JsonObject = { d0: { type: 'object', properties: {}, additionalProperties: false } };
  for (let depth = 1; depth <= 24; depth++) definitions[`d${depth}`] = use({ $ref: `#/$defs/d${depth - 1}` });
  return { ...use({ $ref: '#/$defs/d24' }), $defs: definitions };
}

const wide = growing((next) => ({
  type: 'object',
  properties: { a: next, b: next },
  required: ['a', 'b'],
  additionalProperties: false,
}));

describe('a schema that grows without end by its references', () => {
  it('is refused where references must be inlined', () => {
    expect(() => withoutReferences(wide, path)).toThrow('more than 5000 schemas');
  });

  it('is refused where choices at the root become one object', () => {
    const choices = growing((next) => ({ anyOf: Array.from({ length: 9 }, () => next) }));
    expect(() => objectSchema(choices, path)).toThrow(
      expect.objectContaining({ code: 'model_refused', param: path }) as Error,
    );
    const short = {
      anyOf: Array.from({ length: 9 }, () => ({ $ref: '#/$defs/d6' })),
      $defs: choices['$defs'] ?? {},
    };
    expect(() => objectSchema(short, path)).toThrow('more than 5000 schemas');
  });

  it('is left to an instruction where the answer has it', () => {
    expect(toOutputSchema(wide)).toBeNull();
  });
});

describe('a reference', () => {
  it('may point into a list', () => {
    const schema = {
      properties: { a: { anyOf: [{ type: 'string' }] }, b: { $ref: '#/properties/a/anyOf/0' } },
    };
    expect(withoutReferences(schema, path)).toMatchObject({ properties: { b: { type: 'string' } } });
  });

  it.each(['#/$defs/gone', '#/__proto__', 'https://a.example/b'])(
    'to %s is refused with its place',
    ($ref) => {
      expect(() => withoutReferences({ properties: { a: { items: { $ref } } } }, path)).toThrow(
        expect.objectContaining({ code: 'model_refused', param: `${path}.properties.a.items` }) as Error,
      );
    },
  );
});
