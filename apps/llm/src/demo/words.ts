/** Words that do not show the subject of a text. */
const emptyWords = new Set(
  (
    'a an and any are as at be but by can could did do does for from give had has have how i if in into is it its just like me my of on or our ' +
    'please should so some tell than that the their them then there these they this those to up us use using was we were what when where which ' +
    'who will with would you your s'
  ).split(' '),
);

/** The stems of the words that show the subject of a text. */
export function stemsOf(text: string): Set<string> {
  const stems = new Set<string>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    if (!emptyWords.has(word)) stems.add(stem(word));
  return stems;
}

/** A crude stem: `calculate` and `calculator` share one, `scraping` and `scrape` too. */
export function stem(word: string): string {
  const cut = word.replace(/(?:ations?|ators?|ating|ated|ates?|ings?|ers?|ors?|ies|ed|es|s|e|y)$/, '');
  return cut.length >= 3 ? cut : word;
}

/** The words of an identifier: `get_weatherReport` is get, weather, report. */
export function nameWords(name: string): string[] {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const urlPattern = /https?:\/\/[^\s"'<>()[\]{}\\]+/gi;

/** The URLs in a text, each once. */
export function urlsIn(text: string): string[] {
  return [...new Set((text.match(urlPattern) ?? []).map((url) => url.replace(/[.,;:!?]+$/, '')))];
}

/** The first part of a text, cut between words. */
export function excerpt(text: string, lengthMax: number): string {
  const clean = text.replace(/\s+/g, ' ').trim();
  if (clean.length <= lengthMax) return clean;
  const cut = clean.slice(0, lengthMax);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), lengthMax >> 1)).trimEnd()}…`;
}
