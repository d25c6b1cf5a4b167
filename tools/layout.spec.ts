import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * The layout rules of ARCHITECTURE.md and STYLE.md, checked from the source text and independent of the linter's configuration.
 */

const root = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** What each part may import of the others: libraries, and only `apps/compact` the services of apps. */
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
  'apps/console': [],
  'apps/compact': [
    'service-kit',
    'auth/service',
    'llm/service',
    'mcp/service',
    'responses/service',
    'worker/service',
  ],
  'apps/responses': ['async', 'contracts', 'engine', 'dialects', 'service-kit', 'runtime'],
  'apps/worker': ['async', 'contracts', 'engine', 'dialects', 'service-kit', 'runtime'],
};

/** The npm packages that the framework-free parts may import. */
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
    const source = read(join(project, file));
    const froms = source.matchAll(
      /^(?:import|export)\s[^'";]*?\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm,
    );
    return [...froms].map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? '' }));
  });
}

/** The files of a project that import themselves through other files. `import type` does not count. */
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
  const source = read(join(project, file));
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

  it('imports the fakes of other projects in specs and fakes only', () => {
    expect(imports.filter((entry) => /^@antiphon\/.*\/testing$/.test(entry.from) && !inTests(entry))).toEqual(
      [],
    );
  });

  it('imports no file outside itself by its path', () => {
    const outside = imports.filter(
      ({ file, from }) =>
        from.startsWith('.') &&
        relative(join(root, project, 'src'), join(root, project, 'src', dirname(file), from)).startsWith(
          '..',
        ),
    );
    expect(outside).toEqual([]);
  });

  it('has no import circles', () => {
    expect(circlesOf(project)).toEqual([]);
  });

  const ours = libraries[project];
  it.runIf(ours)('imports no framework and nothing that does I/O', () => {
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

const filesMax = 12;
const linesMax = 400;

/** The source files of the repository without specs and fixtures. */
const sourcesAndMigrations = globSync(['{apps,libs}/*/src/**/*.{ts,tsx}', 'tools/**/*.ts'], {
  cwd: root,
}).filter((file) => !/\.spec\.ts$|__fixtures__|node_modules/.test(file));
const sources = sourcesAndMigrations.filter((file) => !file.includes('/migrations/'));

it(`has at most ${filesMax} files in a folder`, () => {
  const folders = Map.groupBy(sources, (file) => dirname(file));
  const tooLarge = [...folders]
    .filter(([, files]) => files.length > filesMax)
    .map(([folder, files]) => `${folder}: ${files.length} files`);
  expect(tooLarge).toEqual([]);
});

it(`has at most ${linesMax} lines in a file, specs included`, () => {
  const tooLong = globSync(
    ['{apps,libs}/*/src/**/*.{ts,tsx}', 'tools/**/*.ts', 'examples/**/*.{mjs,py,sh}'],
    {
      cwd: root,
    },
  )
    .filter((file) => !file.includes('node_modules'))
    .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > linesMax);
  expect(tooLong).toEqual([]);
});

it('has unique class names, except the root modules of the apps', () => {
  const names = sourcesAndMigrations
    .filter((file) => !file.includes('/testing/'))
    .flatMap((file) => {
      const classes = read(file).matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm);
      return [...classes].map(([, name = '']) => name).filter((name) => name !== 'AppModule');
    });
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

it('injects classes by their types, not by tokens', () => {
  const injected = /@Inject\((\w+)\)\s*(?:(?:private|protected|public|readonly|override)\s+)*\w+\??:\s*\1\b/g;
  const redundant = sources.flatMap((file) =>
    [...read(file).matchAll(injected)].map(([, name]) => `${file}: @Inject(${name})`),
  );
  expect(redundant).toEqual([]);
});

it('registers the hooks of specs within functions that specs call, because specs share their modules', () => {
  const hooks = /^(?:await )?(?:before|after)(?:All|Each)\(/m;
  expect(sources.filter((file) => hooks.test(read(file)))).toEqual([]);
});

it('keeps one version of Nx', () => {
  const manifest = JSON.parse(read('package.json')) as {
    devDependencies: Record<string, string>;
  };
  const versions = Object.entries(manifest.devDependencies).filter(
    ([name]) => name === 'nx' || name.startsWith('@nx/'),
  );
  expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
});
