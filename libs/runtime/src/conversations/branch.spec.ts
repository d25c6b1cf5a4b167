import { testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { branchOf } from './branch.ts';

const turn = (id: string, previousResponseId: string | null = null) =>
  testResponse({ id, previousResponseId });
const turns = [turn('a'), turn('b'), turn('c'), turn('d', 'a'), turn('e'), turn('f', 'c')];
const idsOf = (lastId: string | null) => branchOf(turns, lastId)?.map(({ id }) => id) ?? null;

it('follows the latest turn back to the first', () => {
  expect(idsOf(null)).toEqual(['a', 'b', 'c', 'f']);
  expect(branchOf([], null)).toEqual([]);
});

it('ends with the named turn, and leaves out other branches', () => {
  expect(idsOf('b')).toEqual(['a', 'b']);
  expect(idsOf('e')).toEqual(['a', 'd', 'e']);
});

it('begins after a turn that was deleted', () => {
  expect(branchOf([turn('x', 'deleted'), turn('y')], null)?.map(({ id }) => id)).toEqual(['x', 'y']);
});

it('returns null for a turn of another conversation', () => {
  expect(idsOf('elsewhere')).toBeNull();
});
