import type { JsonObject } from '@antiphon/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { hintsOf } from './hints.ts';
import { type Hint, jsonInstance } from './json-instance.ts';
import { textForPattern } from './pattern-text.ts';

const noHints: Hint = () => undefined;

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const schemas: Record<string, JsonObject> = {
  'every simple type': {
    type: 'object',
    properties: {
      s: { type: 'string', minLength: 3, maxLength: 5 },
      i: { type: 'integer', minimum: 3, multipleOf: 5 },
      n: { type: 'number', exclusiveMinimum: 1, maximum: 1.5 },
      low: { type: 'number', maximum: -3 },
      b: { type: 'boolean' },
      z: { type: 'null' },
      c: { const: 'fixed' },
      e: { enum: ['x', 'y'] },
      either: { type: ['string', 'null'] },
    },
    required: ['s', 'i', 'n', 'low', 'b', 'z', 'c', 'e', 'either'],
    additionalProperties: false,
  },
  formats: {
    type: 'object',
    properties: Object.fromEntries(
      ['date-time', 'date', 'time', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'].map((format) => [
        format,
        { type: 'string', format },
      ]),
    ),
    required: ['date-time', 'date', 'time', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'],
  },
  arrays: {
    type: 'object',
    properties: {
      several: { type: 'array', items: { type: 'integer' }, minItems: 3 },
      none: { type: 'array', items: { type: 'string' }, maxItems: 0 },
    },
    required: ['several', 'none'],
  },
  'references and alternatives': {
    $defs: { place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    type: 'object',
    properties: {
      home: { $ref: '#/$defs/place' },
      work: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/place' }] },
      both: {
        allOf: [
          { $ref: '#/$defs/place' },
          { type: 'object', properties: { zip: { type: 'integer' } }, required: ['zip'] },
        ],
      },
    },
    required: ['home', 'work', 'both'],
  },
  'a schema that refers to itself': {
    $defs: {
      node: {
        type: 'object',
        properties: {
          value: { type: 'integer' },
          next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
        },
        required: ['value', 'next', 'children'],
      },
    },
    $ref: '#/$defs/node',
  },
  patterns: {
    type: 'object',
    properties: {
      code: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' },
      either: { type: 'string', pattern: '^(?:yes|no)+\\.[^a]?x*$' },
    },
    required: ['code', 'either'],
  },
};

describe('jsonInstance', () => {
  it.each(Object.keys(schemas))('is valid under a schema with %s', (name) => {
    const schema = schemas[name] ?? {};
    for (const hints of [
      noHints,
      hintsOf('What is the weather in Paris on 2026-03-04 for 7 people, mail a@b.example?'),
    ]) {
      const validate = ajv.compile(schema);
      const instance = jsonInstance(schema, hints);
      expect(validate(instance), JSON.stringify([instance, validate.errors])).toBe(true);
    }
  });

  it('ends for a schema that requires itself', () => {
    const endless: JsonObject = { type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] };
    expect(jsonInstance(endless, noHints)).toHaveProperty('self.self.self');
    expect(jsonInstance({ $ref: '#' }, noHints)).toBeDefined();
    expect(jsonInstance({ allOf: [{ $ref: '#' }, { $ref: '#' }] }, noHints)).toBeDefined();
    const doubling: JsonObject = {
      type: 'object',
      properties: { a: { $ref: '#' }, b: { $ref: '#' } },
      required: ['a', 'b'],
    };
    expect(jsonInstance(doubling, noHints)).toHaveProperty('a');
  });

  it('has the optional properties that the text names, with its values', () => {
    const schema: JsonObject = {
      type: 'object',
      properties: { q: { type: 'string' }, limit: { type: 'integer' }, offset: { type: 'integer' } },
      required: ['q'],
    };
    expect(jsonInstance(schema, hintsOf('Find cats with a limit of 5'))).toEqual({
      q: 'cats with a limit of 5',
      limit: 5,
    });
  });

  it('takes values from the text that fit the names of the properties', () => {
    const schema: JsonObject = {
      type: 'object',
      properties: {
        city: { type: 'string' },
        date: { type: 'string' },
        people: { type: 'integer' },
        unit: { enum: ['fahrenheit', 'celsius'] },
        email: { type: 'string' },
      },
      required: ['city', 'date', 'people', 'unit', 'email'],
    };
    const text = 'Book a table in New York for 4, tomorrow, in celsius, and mail ada@example.com';
    expect(jsonInstance(schema, hintsOf(text))).toEqual({
      city: 'New York',
      date: 'tomorrow',
      people: 4,
      unit: 'celsius',
      email: 'ada@example.com',
    });
  });
});

describe('textForPattern', () => {
  it.each([
    '^\\+?[1-9]\\d{6,14}$',
    '^#[0-9a-f]{6}$',
    '(a|b)(?=c)c',
    '[^\\d\\s]+',
    'a{2,}b?',
    '\\u0041\\x42',
    '^(?<year>\\d{4})-\\d\\d$',
    '',
  ])('matches %s', (pattern) => {
    expect(textForPattern(pattern)).toMatch(new RegExp(pattern));
  });

  it('bounds its length, and accepts texts that are not patterns', () => {
    expect(textForPattern('(((a{1000}){1000}){1000}){1000}').length).toBeLessThan(20_000);
    expect(textForPattern('('.repeat(60_000)).length).toBeLessThan(100_000);
    expect(textForPattern('a{999999999}').length).toBe(1000);
    for (const broken of ['(', '[', '\\', '*', '{', '(?', 'a{', ')'])
      expect(typeof textForPattern(broken)).toBe('string');
  });
});
