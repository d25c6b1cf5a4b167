import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const example = readFileSync(join(root, '.env.example'), 'utf8');
const listed = [...example.matchAll(/^#([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({
  name,
  value,
}));

/** The variables in the schemas of the services. */
const read = globSync(['apps/*/src/config.ts', 'libs/*/src/**/*config.ts'], { cwd: root }).flatMap((file) => {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/^ {2,4}([A-Z][A-Z0-9_]+): /gm)].map(([, name = '']) => name);
});

const composed = [
  ...readFileSync(join(root, 'docker-compose.yml'), 'utf8').matchAll(/\$\{([A-Z0-9_]+)/g),
].map(([, name = '']) => name);

describe('.env.example', () => {
  it('lists every variable once', () => {
    const names = listed.map(({ name }) => name);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
    expect([...new Set([...read, ...composed])].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('lists only variables that a service reads', () => {
    expect(listed.filter(({ name }) => !read.includes(name) && !composed.includes(name))).toEqual([]);
  });

  it('explains every variable above it', () => {
    const lines = example.split('\n');
    const orphans = lines.filter((line, place) => /^#[A-Z]/.test(line) && !/^#/.test(lines[place - 1] ?? ''));
    expect(orphans).toEqual([]);
  });
});
