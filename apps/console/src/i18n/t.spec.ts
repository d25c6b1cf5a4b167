import { globSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { activateLocale, t } from './t.ts';

afterEach(() => activateLocale('en'));

it('fills placeholders and plurals', () => {
  activateLocale('en');
  expect(t('nav.pending', { count: 1 })).toBe('1 call waits');
  expect(t('nav.pending', { count: 3 })).toBe('3 calls wait');
  expect(t('approval.was.accept', { by: 'ada' })).toBe('Accepted by ada.');
});

it('accents every letter but those of values in the pseudo-locale', () => {
  activateLocale('pseudo');
  expect(t('approval.was.accept', { by: 'ada' })).toMatch(/^Á\S+ \S+ ada\.$/);
  expect(t('nav.pending', { count: 2 }).replaceAll(/[\d ]/g, '')).not.toMatch(/[a-z]/i);
});

it('has each text in one file: of two with the same name, one would be lost', async () => {
  const files = globSync('en/**/*.ts', { cwd: import.meta.dirname });
  const catalogues = await Promise.all(
    files.map(async (file) => Object.values((await import(`./${file}`)) as Record<string, object>)),
  );
  const ids = catalogues.flat().flatMap((texts) => Object.keys(texts));
  expect(ids.length).toBeGreaterThan(100);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
