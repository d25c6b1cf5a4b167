import { expect, it } from 'vitest';
import { fieldFor, firstObject, formOf, type Property, propertiesFor } from './form-field.ts';

const kinds = (properties: readonly Property[] = []) =>
  properties.map(({ name, isRequired, field }) => `${name}${isRequired ? '!' : ''} ${field.kind}`);

it('makes controls of types, enumerations, lists and objects of these', () => {
  const form = formOf({
    type: 'object',
    required: ['to'],
    properties: {
      to: { type: 'string' },
      count: { type: 'integer' },
      share: { type: ['number', 'null'] },
      urgent: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
      color: { enum: ['red', 'blue', null] },
      tags: { type: 'array', items: { type: 'string' } },
      place: { type: 'object', properties: { city: { type: 'string' } } },
    },
  });
  expect(kinds(form?.properties)).toEqual([
    'to! string',
    'count integer',
    'share number',
    'urgent boolean',
    'color enum',
    'tags array',
    'place object',
  ]);
  expect(form?.properties.filter(({ field }) => field.isNullable).map(({ name }) => name)).toEqual([
    'share',
    'urgent',
    'color',
  ]);
});

it('edits as JSON what a control cannot show', () => {
  const form = formOf({
    type: 'object',
    properties: {
      free: { type: 'object' },
      either: { oneOf: [{ type: 'string' }, { type: 'number' }] },
      rows: { type: 'array', items: { type: 'object', additionalProperties: true } },
      mixed: { enum: [1, {}] },
      any: true,
      untyped: { description: 'Anything' },
    },
  });
  expect(kinds(form?.properties)).toEqual([
    'free json',
    'either json',
    'rows json',
    'mixed json',
    'any json',
    'untyped json',
  ]);
  for (const whole of [null, true, { type: 'object' }, { $ref: '#/x' }, { type: 'string' }, { anyOf: [] }])
    expect(formOf(whole)).toBeNull();
});

it('shows values that the schema does not have, and those of another type', () => {
  const form = formOf({
    type: 'object',
    properties: { count: { type: 'integer' }, name: { type: 'string' } },
  });
  const value = { count: '4', other: [1] };
  expect(kinds(propertiesFor(form?.properties ?? [], value))).toEqual([
    'count json',
    'name string',
    'other json',
  ]);
  expect(fieldFor({ kind: 'string', description: null, isNullable: true }, null).kind).toBe('string');
});

it('begins with defaults, and with the names of what is required where they would have to be typed', () => {
  const properties = { q: { type: 'string' }, num: { type: 'integer', default: 10 } };
  expect(firstObject({ type: 'object', required: ['q'], properties })).toEqual({ num: 10 });
  expect(firstObject({ type: 'object', required: ['q'], properties, oneOf: [] })).toEqual({ q: '', num: 10 });
  expect(firstObject({ type: 'object' })).toEqual({});
  const parts = {
    place: { type: 'object', required: ['city', 'unit'], properties: { city: {}, unit: { default: 'km' } } },
    days: { type: 'array', items: { type: 'integer' } },
    either: { oneOf: [{ type: 'string' }, { type: 'null' }] },
    free: { type: 'object' },
    one: { const: 1 },
    optional: { type: 'array', items: {} },
  };
  const required = ['place', 'days', 'either', 'free', 'one'];
  const shown = { place: { city: null, unit: 'km' }, days: [], either: null, free: {} };
  expect(firstObject({ properties: parts, required })).toEqual(shown);
  expect(firstObject({ properties: parts, required, if: {} })).toEqual({ ...shown, one: 1 });
});
