import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The example files that contain the README's code; the end-to-end tests run them with another address. */
const examples: Record<string, string> = {
  bash: read('examples/quickstart.sh').replaceAll(
    '"$ANTIPHON_URL/responses/v1/responses"',
    'http://localhost:8000/responses/v1/responses',
  ),
  javascript: read('examples/openai/quickstart.mjs').replaceAll(
    "`${process.env.ANTIPHON_URL ?? 'http://localhost:8000'}/v1`",
    "'http://localhost:8000/v1'",
  ),
};

it.each(Object.keys(examples))('the README’s %s code is part of an example that runs', (language) => {
  const [, code] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(read('README.md')) ?? [];
  expect(code).toBeDefined();
  expect(examples[language]).toContain(code);
});

it('links to existing files', () => {
  for (const page of [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'STYLE.md',
    'SECURITY.md',
    'examples/README.md',
    'kong/README.md',
    'deploy/README.md',
    ...globSync('docs/**/*.md', { cwd: root }),
  ]) {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
    for (const target of targets)
      expect(() => readFileSync(join(root, page, '..', target)), `${page}: ${target}`).not.toThrow('ENOENT');
  }
});
