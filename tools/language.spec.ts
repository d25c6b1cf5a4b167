import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

/*
 * Words and phrases that hide who acts (STYLE.md, "Language"). One in quotes or backticks of its own is a name or an example, and allowed.
 */
const phrases = [
  '[Ww]hoever|[Nn]obody|[Ss]omebody|[Ss]omeone [a-z]+|(?:[Aa]nyone|[Ee]veryone) (?:else|who)',
  '[Tt]old|tells? of|what (?:came|comes) of|as it is then|is there then',
  'who (?:asks|asked)|(?:of|to) whom|that which|asks? again|asked again|is asked (?:for|first)',
].join('|');
const riddle = new RegExp(`(?<![\\w'"\`-])(?:${phrases})(?![\\w'"\`-])`);

const root = resolve(import.meta.dirname, '..');
const skipped = /(?:^|\/)(?:node_modules|dist|\.local|\.nx|__fixtures__|language\.spec\.ts)(?:\/|$)/;
const files = globSync('**/*.{ts,md,yml,mjs}', { cwd: root, exclude: (path) => skipped.test(path) });

it('uses no words that hide who acts', () => {
  expect(files.length).toBeGreaterThan(0);
  const found = files
    .filter((file) => !skipped.test(file))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .map((line, index) => ({ line, place: `${file}:${index + 1}` }))
        .filter(({ line }) => riddle.test(line))
        .map(({ line, place }) => `${place} ${line.trim()}`),
    );
  expect(found).toEqual([]);
});
