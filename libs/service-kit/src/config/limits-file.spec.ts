import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from './env.ts';
import { bytesLimit, countLimit, durationLimit, durationsByName } from './limit.ts';
import { parseLimitsFile, readLimits, readLimitsFile } from './limits-file.ts';
import { movedVariables } from './moved-variables.ts';

const sections = {
  providers: {
    backoff_min: durationLimit('500ms', 'The first wait.'),
    attempts_max: countLimit(3, { min: 1, max: 10 }, 'Attempts.'),
    answer_bytes_max: bytesLimit('32MiB', { min: 1024 }, 'The size of an answer.'),
    silence_by_model: durationsByName('Silence by model.'),
  },
};
const defaults = {
  providers: { backoff_min: 500, attempts_max: 3, answer_bytes_max: 33_554_432, silence_by_model: [] },
};

const folder = mkdtempSync(join(tmpdir(), 'antiphon-limits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('readLimits', () => {
  it('takes the defaults for limits that the file leaves out', () => {
    expect(readLimits(sections, {})).toEqual(defaults);
    expect(readLimits(sections, { providers: null })).toEqual(defaults);
    expect(readLimits(sections, { providers: { attempts_max: 1 }, runs: { lease_duration: '1s' } })).toEqual({
      providers: { ...defaults.providers, attempts_max: 1 },
    });
  });

  it('reads durations, sizes, counts and durations by name', () => {
    const providers = {
      backoff_min: '1m30s',
      attempts_max: 10,
      answer_bytes_max: '64KiB',
      silence_by_model: ['o3-*=30m', 'x=1s'],
    };
    expect(readLimits(sections, { providers })).toEqual({
      providers: {
        backoff_min: 90_000,
        attempts_max: 10,
        answer_bytes_max: 65_536,
        silence_by_model: [
          ['o3-*', 1_800_000],
          ['x', 1_000],
        ],
      },
    });
    expect(readLimits(sections, { providers: { answer_bytes_max: 2_000 } }).providers.answer_bytes_max).toBe(
      2_000,
    );
  });

  it.each([
    ['backoff_min', 5, 'must be a duration such as 45s, 500ms or 1m, got 5'],
    ['attempts_max', 11, 'must be a whole number, from 1 to 10, got 11'],
    ['attempts_max', '3', 'must be a whole number, from 1 to 10, got "3"'],
    [
      'answer_bytes_max',
      '8MB',
      'must be a size such as 512KiB, 8MiB or 1048576, at least 1024 bytes, got "8MB"',
    ],
    ['answer_bytes_max', 1.5, 'must be a size such as 512KiB, 8MiB or 1048576, at least 1024 bytes, got 1.5'],
    ['silence_by_model', ['o3'], 'must be a list of name=duration, got "o3"'],
    ['backof_min', '1s', 'is no limit; the limits of providers are backoff_min, attempts_max,'],
  ])('names the path of a wrong %s and what is allowed', (name, value, message) => {
    const read = () => readLimits(sections, { providers: { [name]: value } });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`providers.${name}: ${message}`);
  });

  it('names the file', () => {
    const read = () => readLimits(sections, { providers: { attempts_max: 0 } }, '/etc/limits.yaml');
    expect(read).toThrow('LIMITS_FILE: /etc/limits.yaml is not usable:\n  providers.attempts_max: must be');
  });
});

describe('the limits file', () => {
  it('is YAML or JSON, and may be empty', () => {
    expect(parseLimitsFile('', 'limits.yaml')).toEqual({});
    expect(parseLimitsFile('runs: # none changed\n', 'limits.yaml')).toEqual({ runs: null });
    expect(parseLimitsFile('{"runs": {"model_wait": "1s"}}', 'limits.json')).toEqual({
      runs: { model_wait: '1s' },
    });
  });

  it.each([
    ['runs: [', 'LIMITS_FILE: limits.yaml is not usable'],
    ['- 1', 'must be sections with limits'],
    ['run: {}', 'run: is no section; the sections are http, bus'],
    ['runs: 3', 'runs: must be limits by name'],
  ])('is refused where it reads %s', (text, message) => {
    expect(() => parseLimitsFile(text, 'limits.yaml')).toThrow(message);
  });

  it('is the one that LIMITS_FILE names', () => {
    const file = join(folder, 'limits.yaml');
    writeFileSync(file, 'runs:\n  model_wait: 1s\n');
    expect(readLimitsFile({ LIMITS_FILE: file })).toEqual({ runs: { model_wait: '1s' } });
    expect(readLimitsFile({})).toEqual({});
    expect(() => readLimitsFile({ LIMITS_FILE: join(folder, 'none.yaml') })).toThrow(
      /LIMITS_FILE: .*none\.yaml/,
    );
  });
});

describe('movedVariables', () => {
  it('reports each variable of an earlier release that is still set, and its new place', () => {
    expect(
      movedVariables({
        LEASE_DURATION: '3s',
        OUTBOX_BATCH: '7',
        PROVIDER_REASONING: 'all',
        SCRAPE_TIMEOUT: '',
        PORT: '1',
      }),
    ).toEqual([
      'LEASE_DURATION is no longer read: set runs.lease_duration in the file of LIMITS_FILE (limits.example.yaml)',
      'OUTBOX_BATCH is no longer read: its value is fixed',
      'PROVIDER_REASONING is no longer read: set PROVIDER_QUIRKS=reasoning_sent_back=…',
    ]);
  });
});
