import { expect, it } from 'vitest';
import { nameProcesses, parseStat } from './process-tree.ts';

const stat = (pid: number, parent: number) => ({ pid, parent, cpuMs: 0 });

it('reads parent and processor time of a command with any name', () => {
  const line = '42 (node (odd) name) S 7 42 42 0 -1 4194304 100 0 0 0 25 5 3 1 20 0 11 0 1000 1 1';
  expect(parseStat(line)).toEqual({ pid: 42, parent: 7, cpuMs: 340 });
});

it('names the processes of a tree after their nearest named ancestor, and leaves out others', () => {
  const stats = [stat(1, 0), stat(10, 1), stat(11, 10), stat(12, 11), stat(20, 10), stat(99, 1)];
  const named = nameProcesses(stats, {
    root: 10,
    rootName: 'launcher',
    names: new Map([[11, 'postgres']]),
  });
  expect(Object.fromEntries(named)).toEqual({
    10: 'launcher',
    11: 'postgres',
    12: 'postgres',
    20: 'launcher',
  });
});
