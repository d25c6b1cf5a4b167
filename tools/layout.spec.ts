import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * The floors of ARCHITECTURE.md, read from the imports as they are written, so that they hold whatever the linter is told.
 */

const root = resolve(import.meta.dirname, '..');

/** What each part may import of ours. */
const floors: Record<string, readonly string[]> = {
  'libs/async': [],
  'libs/contracts': ['async'],
  'libs/engine': ['async', 'contracts'],
  'libs/dialects': ['async', 'contracts'],
  'libs/service-kit': ['async', 'contracts'],
  'libs/runtime': ['async', 'contracts', 'engine', 'service-kit'],
  'apps/auth': ['async', 'contracts', 'service-kit'],
  'apps/llm': ['async', 'contracts', 'service-kit'],
  'apps/mcp': ['async', 'contracts', 'service-kit'],
  'apps/local-gateway': ['async', 'contracts', 'service-kit'],
  'apps/responses': ['async', 'contracts', 'engine', 'dialects', 'service-kit', 'runtime'],
  'apps/worker': ['async', 'contracts', 'engine', 'dialects', 'service-kit', 'runtime'],
};

/** What the parts without a framework may import of others' libraries. */
const libraries: Record<string, readonly string[]> = {
  'libs/async': [],
  'libs/contracts': ['zod'],
  'libs/engine': ['ajv', 'ajv/dist/2020.js', 'ajv-formats', 'lru-cache', 're2js'],
  'libs/dialects': ['zod'],
};

interface Import {
  file: string;
  from: string;
}

function importsOf(project: string): Import[] {
  return globSync('src/**/*.ts', { cwd: join(root, project) }).flatMap((file) => {
    const source = readFileSync(join(root, project, file), 'utf8');
    const froms = source.matchAll(
      /^(?:import|export)\s[^'";]*?\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm,
    );
    return [...froms].map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? '' }));
  });
}

/** The files of a project that reach themselves over imports of values; `import type` is none. */
function circlesOf(project: string): string[] {
  const files = globSync('src/**/*.ts', { cwd: join(root, project) });
  const reached = new Map(files.map((file) => [file, valueImportsOf(project, file)]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (reached.get(from) ?? []).some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  return files.filter((file) => reaches(file, file));
}

function valueImportsOf(project: string, file: string): string[] {
  const source = readFileSync(join(root, project, file), 'utf8');
  const froms = source.matchAll(/^(?:import|export)\s(?!type\s)[^'";]*?\sfrom\s+'(\.[^']+)'/gm);
  return [...froms].map(([, from = '']) => join(dirname(file), from));
}

describe.each(Object.keys(floors))('%s', (project) => {
  const imports = importsOf(project);
  const isSpec = ({ file }: Import) => file.endsWith('.spec.ts');
  const inTests = ({ file }: Import) => file.endsWith('.spec.ts') || /(testing|__fixtures__)\//.test(file);

  it('has code', () => {
    expect(imports.length).toBeGreaterThan(0);
  });

  it('imports from lower floors only, through their index', () => {
    const allowed = new Set(floors[project]?.map((name) => `@antiphon/${name}`));
    const wrong = imports.filter(
      ({ from }) => from.startsWith('@antiphon/') && !allowed.has(from.replace(/\/(testing|light)$/, '')),
    );
    expect(wrong).toEqual([]);
  });

  it('enters the fakes of others from specs and fakes only', () => {
    expect(imports.filter((entry) => /^@antiphon\/.*\/testing$/.test(entry.from) && !inTests(entry))).toEqual(
      [],
    );
  });

  it('reaches no file outside itself', () => {
    const outside = imports.filter(
      ({ file, from }) =>
        from.startsWith('.') &&
        relative(join(root, project, 'src'), join(root, project, 'src', dirname(file), from)).startsWith(
          '..',
        ),
    );
    expect(outside).toEqual([]);
  });

  it('imports no values in a circle', () => {
    expect(circlesOf(project)).toEqual([]);
  });

  const ours = libraries[project];
  it.runIf(ours)('knows no framework and does no I/O', () => {
    const foreign = imports.filter(
      (entry) =>
        !isSpec(entry) &&
        !inTests(entry) &&
        !/^(\.|@antiphon\/)/.test(entry.from) &&
        !ours?.includes(entry.from),
    );
    expect(foreign).toEqual([]);
  });
});

it('has no two classes of one name, but for the root modules of the apps', () => {
  const files = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !/\.spec\.ts$|\/migrations\/|\/testing\/|__fixtures__/.test(file),
  );
  const names = files.flatMap((file) => {
    const classes = readFileSync(join(root, file), 'utf8').matchAll(
      /^(?:export )?(?:abstract )?class (\w+)/gm,
    );
    return [...classes].map(([, name = '']) => name).filter((name) => name !== 'AppModule');
  });
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

it('keeps one version of Nx', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const versions = Object.entries(manifest.devDependencies).filter(
    ([name]) => name === 'nx' || name.startsWith('@nx/'),
  );
  expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
});
