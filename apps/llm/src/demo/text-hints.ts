import type { JsonObject, JsonValue } from '@antiphon/contracts';
import type { Hints } from './json-instance.ts';
import { expressionIn } from './intent.ts';
import { searchQuery } from './search-query.ts';
import { nameWords, stem, stemsOf, urlsIn } from './words.ts';

/** Capitalised words after a preposition: "in San Francisco", "to New York". */
const place = /\b(?:in|at|for|from|to|near|of)\s+((?:\p{Lu}[\p{L}.'’-]*)(?:[ -]\p{Lu}[\p{L}.'’-]*)*)/u;
const dateLike =
  /\b(\d{4}-\d{2}-\d{2}|today|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/i;
const email = /[\w.+-]+@[\w-]+\.[\w.-]*\w/;

/** Fills a schema's properties from a text by their names: a URL for `url`, a place for `city`, the next number for a number. */
export class TextHints implements Hints {
  readonly #stems: ReadonlySet<string>;
  readonly #numbers: number[];
  readonly #quoted: string[];

  constructor(
    private readonly text: string,
    /** The URL to use, where the text has several or a search found one. */
    private readonly url: string | undefined = urlsIn(text)[0],
    /** The value of a text property that nothing fits better. */
    private readonly otherwise: string = searchQuery(text),
  ) {
    this.#stems = stemsOf(text);
    this.#numbers = [...text.matchAll(/(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])/g)].map(([digits]) =>
      Number(digits),
    );
    this.#quoted = [...text.matchAll(/["“]([^"”]+)["”]/g)].map((match) => match[1] ?? '');
  }

  value(name: string, schema: JsonObject): JsonValue | undefined {
    const options = schema['enum'];
    if (Array.isArray(options))
      return options.find(
        (option) => typeof option === 'string' && this.#stems.has(stem(option.toLowerCase())),
      );
    const type = Array.isArray(schema['type'])
      ? schema['type'].find((entry) => entry !== 'null')
      : schema['type'];
    if (type === 'number' || type === 'integer') return this.#numbers.shift();
    if (type !== undefined && type !== 'string') return undefined;
    if (schema['pattern'] !== undefined) return undefined;
    return this.#text(nameWords(name), schema['format']);
  }

  mentions(name: string, schema: JsonObject): boolean {
    const options = schema['enum'];
    if (Array.isArray(options)) return this.value(name, schema) !== undefined;
    const words = nameWords(name);
    if (words.includes('url') || schema['format'] === 'uri') return this.url !== undefined;
    if (isTimeZone(words)) return timeZoneIn(this.text) !== undefined;
    return words.every((word) => this.#stems.has(stem(word)));
  }

  #text(words: string[], format: JsonValue | undefined): string | undefined {
    const isCalled = (...names: string[]) => names.some((name) => words.includes(name));
    if (format === 'uri' || isCalled('url', 'uri', 'link', 'href', 'website')) return this.url;
    if (isTimeZone(words)) return timeZoneIn(this.text) ?? 'UTC';
    if (format === 'email' || isCalled('email', 'mail')) return email.exec(this.text)?.[0];
    if (isCalled('city', 'location', 'place', 'town', 'country', 'region', 'destination', 'address')) {
      return place.exec(this.text)?.[1] ?? this.otherwise;
    }
    if (format === 'date') return /\d{4}-\d{2}-\d{2}/.exec(this.text)?.[0];
    if (format === undefined && isCalled('date', 'day', 'when'))
      return dateLike.exec(this.text)?.[1] ?? this.otherwise;
    if (isCalled('expression', 'formula', 'equation')) return expressionIn(this.text) ?? this.otherwise;
    if (isCalled('code', 'script', 'program'))
      return /```\w*\n([^]*?)```/.exec(this.text)?.[1] ?? /`([^`]+)`/.exec(this.text)?.[1] ?? this.otherwise;
    if (format !== undefined) return undefined;
    if (isCalled('q', 'query', 'search', 'keyword', 'keywords', 'question', 'term')) return this.otherwise;
    return this.#quoted.shift() ?? this.otherwise;
  }
}

function isTimeZone(words: string[]): boolean {
  return words.includes('timezone') || (words.includes('time') && words.includes('zone'));
}

/** The time zone that a text names by itself or by its city: "in Tokyo" is Asia/Tokyo. */
function timeZoneIn(text: string): string | undefined {
  const spoken = ` ${text.toLowerCase().replaceAll(/[^\p{L}/_+-]+/gu, ' ')} `;
  const isNamed = (name: string) => spoken.includes(` ${name.toLowerCase()} `);
  return [...Intl.supportedValuesOf('timeZone'), 'UTC'].find(
    (zone) => isNamed(zone) || isNamed((zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')),
  );
}

/** The places of a text with several: "in Paris and London", "in Rome, Oslo and Bern". */
export function placesIn(text: string): string[] {
  const name = String.raw`\p{Lu}[\p{L}.'’-]*(?:[ -]\p{Lu}[\p{L}.'’-]*)*`;
  const series = new RegExp(
    String.raw`\b(?:in|for|at)\s+(${name}(?:\s*,\s*${name})*\s*,?\s+and\s+${name})`,
    'u',
  ).exec(text)?.[1];
  return series === undefined ? [] : series.split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
}
