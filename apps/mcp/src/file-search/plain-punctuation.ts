import { marks } from './search-marks.ts';

/**
 * Typographic signs and their replacements in ASCII. Depending on its locale, PostgreSQL reads the signs as letters, so that “word” would be
 * another word than word.
 */
const signs = new Map([
  ...pairs('“”„‟«»「」『』《》〈〉', '"'),
  ...pairs('‘’‚‛‹›', "'"),
  ...pairs('—–‒―‐', '-'),
  ...pairs('。．…', '.'),
  ...pairs('，、', ','),
  ...pairs('！¡', '!'),
  ...pairs('？¿', '?'),
  ...pairs('：', ':'),
  ...pairs('；', ';'),
  ...pairs('（【', '('),
  ...pairs('）】', ')'),
  ...pairs(`·•→←\u00a0${marks.start}${marks.end}`, ' '),
]);

/** SQL that replaces typographic signs in a text: in chunks, in queries and in previews. */
export function plainPunctuation(expression: string): string {
  return `translate(${expression}, '${[...signs.keys()].join('')}', '${[...signs.values()].join('').replaceAll("'", "''")}')`;
}

function pairs(found: string, plain: string): [string, string][] {
  return [...found].map((sign) => [sign, plain]);
}
