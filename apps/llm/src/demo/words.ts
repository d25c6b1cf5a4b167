/** Words that do not show the subject of a text. */
const emptyWords = new Set(
  'a an and any are as at be but by can could did do does for from give had has have how i if in into is it its just me my of on or our please should so some tell than that the their them then there these they this those to up us use using was we were what when where which who will with would you your s'.split(
    ' ',
  ),
);

/** The stems of the words that show the subject of a text. */
export function stemsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !emptyWords.has(word)).map(stem));
}

/** A crude stem: `calculate` and `calculator` share one, `scraping` and `scrape` too. */
export function stem(word: string): string {
  const cut = word.replace(/(?:ations?|ators?|ating|ated|ates?|ings?|ers?|ors?|ies|ed|es|s|e|y)$/, '');
  return cut.length >= 3 ? cut : word;
}

/** The words of an identifier: `get_weatherReport` is get, weather, report. */
export function nameWords(name: string): string[] {
  const spaced = name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return spaced.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The URLs in a text, each once. */
export function urlsIn(text: string): string[] {
  const urls = text.match(/https?:\/\/[^\s"'<>()[\]{}\\]+/gi) ?? [];
  return [...new Set(urls.map((url) => url.replace(/[.,;:!?]+$/, '')))];
}

export function excerpt(text: string, lengthMax: number): string {
  const clean = text.replace(/\s+/g, ' ').trim();
  return clean.length <= lengthMax ? clean : `${clean.slice(0, lengthMax).trimEnd()}…`;
}
