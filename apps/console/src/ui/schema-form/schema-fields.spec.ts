import { describe, expect, it } from 'vitest';
import { controlOf, fieldsOf, prefilled } from './schema-fields.ts';

describe('the form of a schema', () => {
  it('has a control for each plain type, required fields first', () => {
    const fields = fieldsOf({
      type: 'object',
      properties: {
        note: { type: 'string' },
        count: { type: 'integer' },
        unit: { enum: ['km', 'mi'] },
        where: { type: 'object', properties: {} },
      },
      required: ['count'],
    });
    expect(fields?.map(({ name, schema }) => [name, controlOf(schema).kind])).toEqual([
      ['count', 'number'],
      ['note', 'text'],
      ['unit', 'choice'],
      ['where', 'json'],
    ]);
  });

  it('is JSON where fields cannot show the schema, with what it requires filled in', () => {
    const schema = {
      oneOf: [{ required: ['city'] }, { required: ['zip'] }],
      type: 'object',
      properties: {
        city: { type: 'string', default: 'Paris' },
        days: { type: 'array', items: { type: 'integer' } },
        zip: { type: 'string' },
      },
      required: ['days'],
    };
    expect(fieldsOf(schema)).toBeNull();
    expect(prefilled(schema)).toEqual({ city: 'Paris', days: [] });
    expect(controlOf({ type: ['string', 'null'] }).kind).toBe('json');
  });
});
