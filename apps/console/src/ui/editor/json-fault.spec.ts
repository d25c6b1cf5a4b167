import { expect, it } from 'vitest';
import { jsonFault } from './json-fault.ts';

it.each([
  ['{\n  "a": 1,\n  b: 2\n}', 3, 3],
  ['', 1, 1],
  ['{"a": 1', 1, 8],
  ['["Lyon", ]', 1, 10],
  ['{"a": [1, {}],}', 1, 15],
  ['{\n  "type": object\n}', 2, 11],
  ['"a\nb"', 1, 1],
  ['[01]', 1, 3],
  ['{"a" 1}', 1, 6],
  ['1 2', 1, 3],
  ['[1}', 1, 3],
])('finds the line and the column where %j stops being JSON', (text, line, column) => {
  expect(jsonFault(text)).toMatchObject({ line, column });
});

it('finds nothing in JSON, and leaves the text out of the reason', () => {
  expect(jsonFault(' {"a": [1, -2.5e3, "\\u00e9\\"", null, true, {}, []]} ')).toBeNull();
  expect(jsonFault('{"a": 1')?.why).not.toContain('position');
  expect(jsonFault('["Lyon", ]')?.why).toBe("Unexpected token ']'");
});
