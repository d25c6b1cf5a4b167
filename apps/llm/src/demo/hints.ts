import type { JsonObject } from '@antiphon/contracts';
import type { Hint } from './json-instance.ts';
import { expressionIn } from './message.ts';
import { nameWords, stem, stemsOf, urlsIn } from './words.ts';

const name = String.raw`\p{Lu}[\p{L}.'’-]*(?:[ -]\p{Lu}[\p{L}.'’-]*)*`;
const place = new RegExp(String.raw`\b(?:in|at|for|from|to|near|of)\s+(${name})`, 'u');
const places = new RegExp(
  String.raw`\b(?:in|for|at)\s+(${name}(?:\s*,\s*${name})*\s*,?\s+and\s+${name})`,
  'u',
);
const placeName = /^(?:city|location|place|town|country|destination)$/i;
const date = /\b(?:\d{4}-\d\d-\d\d|today|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/i;
const email = /[\w.+-]+@[\w-]+\.[\w.-]*\w/;

/** What a word of a property's name, or its format, stands for, and how the value is read from a text. */
const meanings: readonly (readonly [words: RegExp, read: (text: string) => string | undefined])[] = [
  [/^(?:url|uri|link|website|format uri)$/, (text) => urlsIn(text)[0]],
  [/^(?:timezone|zone)$/, (text) => timeZoneIn(text) ?? 'UTC'],
  [/^(?:e?mail|format email)$/, (text) => email.exec(text)?.[0]],
  [placeName, (text) => place.exec(text)?.[1]],
  [/^(?:date|day)$/, (text) => date.exec(text)?.[0]],
  [/^(?:expression|formula)$/, expressionIn],
  [/^(?:q|query|search|keywords?|question)$/, (text) => subjectOf(text)],
];

/** Values from a text by the names of the properties: a URL for `url`, a place for `city`, the next number for a number; `otherwise` for other texts. */
export function hintsOf(text: string, otherwise = subjectOf(text)): Hint {
  const stems = stemsOf(text);
  const numbers = (text.match(/(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])/g) ?? []).map(Number);
  const quoted = [...text.matchAll(/["“`]([^"”`]+)["”`]/g)].map((match) => match[1]);
  const objects = objectsIn(text);
  const values = meanings.map(([words, read]) => ({ words, value: read(text) }));
  const isSaid = (word: unknown) => typeof word === 'string' && stems.has(stem(word.toLowerCase()));
  return (property, { enum: options, type, format, pattern, properties }, isRequired) => {
    if (Array.isArray(options)) return options.find(isSaid);
    const words = typeof format === 'string' ? [`format ${format}`] : nameWords(property);
    const isMeant = isRequired || words.every(isSaid);
    if (type === 'number' || type === 'integer') return isMeant ? numbers.shift() : undefined;
    if (type === 'object' && properties === undefined) return objects.shift();
    if (type !== 'string' || pattern !== undefined) return undefined;
    const known = values.find((each) => words.some((word) => each.words.test(word)));
    const found = known ? known.value : isMeant && format === undefined ? quoted.shift() : undefined;
    return found ?? (isRequired && format === undefined ? otherwise : undefined);
  };
}

/** The JSON objects that a text holds, for objects of any content. Objects within objects are not read. */
function objectsIn(text: string): JsonObject[] {
  return (text.match(/\{[^{}]*\}/g) ?? []).flatMap((part) => {
    try {
      return [JSON.parse(part) as JsonObject]; // braces enclose an object
    } catch {
      return [];
    }
  });
}

/** The time zone that the beginning of a text names by itself or by its city: "in Tokyo" is Asia/Tokyo. */
function timeZoneIn(text: string): string | undefined {
  const words = text.slice(0, 10_000).toLowerCase();
  const spoken = ` ${words.replaceAll(/[^\p{L}/_+-]+/gu, ' ')} `;
  const isNamed = (zone: string) => spoken.includes(` ${zone.toLowerCase()} `);
  const cityOf = (zone: string) => zone.replace(/^.*\//, '').replaceAll('_', ' ');
  return Intl.supportedValuesOf('timeZone').find((zone) => isNamed(zone) || isNamed(cityOf(zone)));
}

/** The places of a text with several, for a tool that takes one: "in Paris and London", "in Rome, Oslo and Bern". */
export function placesIn(text: string, properties: JsonObject): string[] {
  const takesPlace = Object.keys(properties).some((property) => placeName.test(property));
  const series = takesPlace ? places.exec(text)?.[1] : undefined;
  return series?.split(/\s*,\s*(?:and\s+)?|\s+and\s+/) ?? [];
}

const opening =
  /^(?:(?:please|(?:can|could|would) you|search(?: the web)?(?: for)?|google|look up|find(?: out)?|research|analy[sz]e|compare|explain|describe|summari[sz]e|(?:tell|give|show) me|(?:what|who|where|when|which|how)(?:['’]s| is| are| was| were| does| do| did)|the|an?|about)\s+)+/i;
const continuation =
  /[.!?](?:\s|$)|[:\n]|(?:[,;]|\s+and|\s+then)\s+(?:and |then )?(?:create|write|provide|summari[sz]e|analy[sz]e|extract|scrape|read|open|list|explain|give|report|compare|return)\b/i;
/** The line before a list, and the number of its first entry. */
const listHead = /^[^\n]*\bfollowing\b[^\n]*\n\s*(?:\d+[.)]|[-*])?\s*/i;

/** The subject of a text, as a search query. */
export function subjectOf(text: string): string {
  const [subject = ''] = text.replace(listHead, '').replace(opening, '').split(continuation);
  return (subject || text).slice(0, 120).trim();
}
