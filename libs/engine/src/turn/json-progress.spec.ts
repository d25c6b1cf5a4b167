import { expect, it } from 'vitest';
import { JsonProgress } from './json-progress.ts';

it.each([
  ['{}', true],
  ['[1,{"a":[]}]', true],
  ['{"a":"}"', false],
  ['{"a":"\\"}"}', true],
  ['{"a":"\\\\"}', true],
  ['{"a":{}', false],
  ['', false],
  ['12', false],
])('%s is complete: %s, in any pieces', (text, isWhole) => {
  const atOnce = new JsonProgress();
  const byPiece = new JsonProgress();
  expect(atOnce.add(text)).toBe(true);
  expect([...text].every((piece) => byPiece.add(piece))).toBe(true);
  expect([atOnce.isWhole, byPiece.isWhole]).toEqual([isWhole, isWhole]);
});

it('accepts white space after a complete value and reports anything else', () => {
  const progress = new JsonProgress();
  expect([progress.add('{} \n'), progress.add(' '), progress.add('{}')]).toEqual([true, true, false]);
  expect(new JsonProgress().add('{}{}')).toBe(false);
});
