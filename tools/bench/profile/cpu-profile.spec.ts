import { expect, it } from 'vitest';
import { busyShare, dearestFunctions } from './cpu-profile.ts';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber });
const profile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('parse', 'file:///repo/libs/contracts/dist/parse.js', 9) },
    { id: 3, callFrame: frame('', 'file:///repo/node_modules/zod/core.js', 4) },
    { id: 4, callFrame: frame('parse', 'file:///repo/libs/contracts/dist/parse.js', 9) },
    { id: 5, callFrame: frame('(garbage collector)') },
  ],
  samples: [1, 2, 3, 4, 5],
  timeDeltas: [1000, 30, 20, 30, 20],
};

it('adds up the time of each function, most expensive first, without waiting', () => {
  expect(dearestFunctions(profile, 3)).toEqual([
    { name: 'parse', place: 'libs/contracts/dist/parse.js:10', share: 0.6 },
    { name: '(anonymous)', place: 'zod/core.js:5', share: 0.2 },
    { name: '(garbage collector)', place: 'native', share: 0.2 },
  ]);
});

it('computes how busy the process was', () => {
  expect(busyShare(profile)).toBeCloseTo(100 / 1100);
});
