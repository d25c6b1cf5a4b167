import { expect, it } from 'vitest';
import type { Run } from '../api/runs.ts';
import { branchesOf } from './branches.ts';

const run = (id: string, previous: string | null) => ({ id, previous_run_id: previous }) as Run; // the tree reads nothing else
const shown = (runs: Run[]) =>
  branchesOf(runs).map(({ key, depth, isFork }) => `${'>'.repeat(depth)}${key}${isFork ? '*' : ''}`);

it('shows branches before what continues the first one', () => {
  const runs = [run('a', null), run('b', 'a'), run('c', 'b'), run('d', 'a'), run('e', 'd'), run('f', 'c')];
  expect(shown(runs)).toEqual(['a', '>d*', '>e', 'b*', 'c', 'f']);
});

it('continues the run before where none is named, and begins with a turn whose parent is not shown', () => {
  expect(shown([run('b', 'gone'), run('c', null), run('d', null)])).toEqual(['b', 'c', 'd']);
  expect(shown([])).toEqual([]);
});
