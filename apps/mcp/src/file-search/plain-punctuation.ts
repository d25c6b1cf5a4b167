import { marks } from './search-marks.ts';

/**
 * Typographic signs and what stands for them in ASCII. Depending on its locale PostgreSQL takes them for letters, and “word” for
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

/** SQL that gives a text with plain punctuation: for what is searched, what is searched for, and what is marked. */
export function plainPunctuation(expression: string): string {
  return `translate(${expression}, '${[...signs.keys()].join('')}', '${[...signs.values()].join('').replaceAll("'", "''")}')`;
}

function pairs(found: string, plain: string): [string, string][] {
  return [...found].map((sign) => [sign, plain]);
}
