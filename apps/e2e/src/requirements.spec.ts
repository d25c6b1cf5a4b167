import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirements } from './requirements.ts';

/** The scenarios of faults are in modules of one spec. */
const specs = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('requirements'))
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('\n');

describe('every requirement', () => {
  it.each(Object.entries(requirements))('%s is proved by a scenario, or is a known gap', (id, { gap }) => {
    const isProved = specs.includes(`'${id}'`);
    expect(isProved).toBe(gap === undefined);
  });
});
