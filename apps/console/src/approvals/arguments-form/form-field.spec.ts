import { expect, it } from 'vitest';
import { fieldFor, formOf, type Property, propertiesFor } from './form-field.ts';

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
    },
  });
  expect(kinds(form?.properties)).toEqual([
    'free json',
    'either json',
    'rows json',
    'mixed json',
    'any json',
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
