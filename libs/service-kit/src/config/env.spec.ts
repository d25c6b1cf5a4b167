import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  duration,
  flag,
  integer,
  list,
  optionalText,
  parseDuration,
  readEnv,
  urlText,
} from './env.ts';

const shape = {
  TIMEOUT: duration('45s'),
  SWITCH: flag(false),
  COUNT: integer(4, { min: 1, max: 10 }),
  HOSTS: list(),
  KEY: optionalText(),
  URL: urlText('http://127.0.0.1:1/'),
};

describe('readEnv', () => {
  it('uses the defaults for unset and empty variables', () => {
    const expected = {
      TIMEOUT: 45_000,
      SWITCH: false,
      COUNT: 4,
      HOSTS: [],
      KEY: null,
      URL: 'http://127.0.0.1:1/',
    };
    expect(readEnv(shape, {})).toEqual(expected);
    expect(readEnv(shape, { TIMEOUT: '', KEY: '', COUNT: '' })).toEqual(expected);
  });

  it('reads the variables that are set', () => {
    const env = {
      TIMEOUT: '1m30s',
      SWITCH: 'on',
      COUNT: '10',
      HOSTS: 'a, b:80 ,',
      KEY: 'k',
      URL: 'https://x/y',
    };
    expect(readEnv(shape, env)).toEqual({
      TIMEOUT: 90_000,
      SWITCH: true,
      COUNT: 10,
      HOSTS: ['a', 'b:80'],
      KEY: 'k',
      URL: 'https://x/y',
    });
  });

  it('names every invalid variable, and its allowed values', () => {
    const env = { TIMEOUT: '45', SWITCH: 'maybe', COUNT: '11', URL: 'ftp://x' };
    const read = () => readEnv(shape, env);
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(env)) expect(read).toThrow(new RegExp(`${name}: must be`));
  });
});

it.each([
  ['500ms', 500],
  ['45s', 45_000],
  ['1.5h', 5_400_000],
  ['1h2m3s', 3_723_000],
  ['7d', 604_800_000],
  ['10', null],
  ['-5s', null],
  ['5 s', null],
])('parseDuration(%s)', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
