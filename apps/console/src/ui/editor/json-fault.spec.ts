import { expect, it } from 'vitest';
import { jsonFault } from './json-fault.ts';

it('finds the line and the column of what is not JSON', () => {
  expect(jsonFault('{"a": 1}')).toBeNull();
  expect(jsonFault('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({ line: 3, column: 3 });
  expect(jsonFault('')).toMatchObject({ line: 1, column: 1 });
  expect(jsonFault('{"a": 1')?.why).not.toContain('position');
});
