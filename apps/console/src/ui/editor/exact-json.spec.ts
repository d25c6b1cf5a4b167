import { expect, it } from 'vitest';
import { indented, objectOf } from './exact-json.ts';

it('reads objects, and leaves numbers alone that JavaScript would change', () => {
  expect(objectOf('{"id": 12345678901234567}')).toBeNull();
  expect(objectOf('{"id": 1234567890123456, "text": "12345678901234567890"}')).toEqual({
    id: 1234567890123456,
    text: '12345678901234567890',
  });
  expect(objectOf('')).toEqual({});
  expect(objectOf('[1]')).toBeNull();
  expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(indented('{"id":12345678901234567}')).toBe('{"id":12345678901234567}');
});
