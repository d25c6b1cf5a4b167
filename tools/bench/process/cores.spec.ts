import { expect, it } from 'vitest';
import { parseCores, pinned } from './cores.ts';

it.each([
  ['0-3', [0, 1, 2, 3]],
  ['0,2-3\n', [0, 2, 3]],
  ['5', [5]],
  ['', []],
])('reads the cores of %j', (list, cores) => {
  expect(parseCores(list)).toEqual(cores);
});

it('runs a command on a core, or as it is', () => {
  expect(pinned(1, ['node', 'x.js'])).toEqual(['taskset', '-c', '1', 'node', 'x.js']);
  expect(pinned(null, ['node', 'x.js'])).toEqual(['node', 'x.js']);
});
