import { expect, it } from 'vitest';
import { parseBenchArguments } from './arguments.ts';

const places = { names: ['plain-create', 'background'], profileFolder: '/profiles' };
const parse = (...commandArguments: string[]) => parseBenchArguments(commandArguments, places);

it('runs everything for some rounds unless arguments say otherwise', () => {
  expect(parse()).toMatchObject({
    only: null,
    isQuick: false,
    rounds: 5,
    durationMs: 8000,
    profileFolder: null,
    withCompact: false,
  });
  expect(parse('--quick')).toMatchObject({ isQuick: true, rounds: 1, durationMs: 2000 });
  expect(parse('--quick', '--rounds', '2', '--seconds', '1')).toMatchObject({ rounds: 2, durationMs: 1000 });
  expect(parse('--only', 'background', '--only', 'plain-create').only).toEqual([
    'background',
    'plain-create',
  ]);
  expect(parse('--compact').withCompact).toBe(true);
  expect(parse('--profile').profileFolder).toBe('/profiles');
});

it.each([
  [['--only', 'nothing'], 'no scenario nothing'],
  [['--rounds', '0'], '--rounds must be between'],
  [['--seconds', 'x'], '--seconds must be between'],
  [['--unknown'], 'usage: npm run bench'],
])('refuses %o', (commandArguments, message) => {
  expect(() => parse(...commandArguments)).toThrow(message);
});
