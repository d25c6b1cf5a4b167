import { expect, it } from 'vitest';
import { referredValue, valueAt } from './json-pointer.ts';

const document = { 'a/b': [{ '~c': 1 }], 'd e': null, '%': 2, '': 3 };

it.each([
  ['', document],
  ['/a~1b/0/~0c', 1],
  ['/d e', null],
  ['/', 3],
  ['/a~1b/1', undefined],
  ['/d e/f', undefined],
  ['/constructor', undefined],
])('the pointer %j names %j', (pointer, value) => {
  expect(valueAt(document, pointer)).toEqual(value);
});

it.each([
  ['#', document],
  ['#/a~1b/0', { '~c': 1 }],
  ['#/d%20e', null],
  ['#/%25', 2],
  ['#/%', undefined],
  ['#a', undefined],
  ['https://example.com/#/a', undefined],
])('the reference %j names %j', (reference, value) => {
  expect(referredValue(document, reference)).toEqual(value);
});
