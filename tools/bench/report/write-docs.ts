import { readFileSync, writeFileSync } from 'node:fs';

/** The lines of a page between which the bench writes. */
const begin = '<!-- bench: begin -->';
const end = '<!-- bench: end -->';

/** Replaces the part of a page that the bench writes. Throws where the page has no such part. */
export function replacePart(page: string, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no part between ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

/** The same, for a file. */
export function writePart(file: string, text: string): void {
  writeFileSync(file, replacePart(readFileSync(file, 'utf8'), text));
}
