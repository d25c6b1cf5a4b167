import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const linesMax = 250;
const behavioursMin = 20;

/** Returns the paths of the repository that a text has in backticks, without patterns and placeholders (NAME). */
function pathsIn(text: string): string[] {
  const named = text.matchAll(/`((?:apps|deploy|docs|examples|kong|libs|tools)\/[^`\s]+)`/g);
  return [...named].map(([, path = '']) => path).filter((path) => !/[*{<…]|NAME/.test(path));
}

const specs = globSync('{apps,libs,tools}/**/*.spec.ts', {
  cwd: root,
  exclude: (path) => /node_modules|dist/.test(path),
});

/** Returns the tests that a text quotes behind the name of their spec, as in `a.spec.ts` ("first title", "second title"). */
function testsIn(text: string): { spec: string; title: string }[] {
  const quotes = text.matchAll(/`([\w/.-]+\.spec\.ts)`\s\(((?:"[^"]+"[,;\s]*)+)\)/g);
  return [...quotes].flatMap(([, spec = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ spec, title: title.replace(/\s+/g, ' ') })),
  );
}

const isThere = ({ spec, title }: { spec: string; title: string }) =>
  specs.some((path) => `/${path}`.endsWith(`/${spec}`) && read(path).includes(title));

const missingFrom = (text: string) => pathsIn(text).filter((path) => !existsSync(join(root, path)));

describe('ARCHITECTURE.md', () => {
  const page = read('ARCHITECTURE.md');

  it(`has at most ${linesMax} lines`, () => {
    expect(page.trimEnd().split('\n').length).toBeLessThanOrEqual(linesMax);
  });

  it('names an existing place for each behaviour of "Where is …?"', () => {
    const [, table = ''] = /^## Where is …\?\n([^]*?)^## /m.exec(page) ?? [];
    const places = [...table.matchAll(/^\| (.+?) \| (.+?) \|$/gm)]
      .map(([, behaviour = '', place = '']) => ({ behaviour, paths: pathsIn(place) }))
      .filter(({ behaviour }) => behaviour !== 'Behaviour');
    expect(places.length).toBeGreaterThanOrEqual(behavioursMin);
    expect(places.filter(({ paths }) => paths.length === 0)).toEqual([]);
    expect(missingFrom(table)).toEqual([]);
  });

  it('links every decision', () => {
    const decisions = globSync('docs/decisions/*.md', { cwd: root });
    expect(decisions.filter((decision) => !page.includes(`(${decision})`))).toEqual([]);
  });
});

it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'STYLE.md', ...globSync('docs/**/*.md', { cwd: root })])(
  '%s names files that exist',
  (page) => {
    expect(missingFrom(read(page))).toEqual([]);
  },
);

it.each(globSync('docs/decisions/*.md', { cwd: root }))('%s quotes tests that exist', (page) => {
  expect(testsIn(read(page)).filter((test) => !isThere(test))).toEqual([]);
});
