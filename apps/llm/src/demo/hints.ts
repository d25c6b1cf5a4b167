import type { JsonObject, JsonValue } from '@antiphon/contracts';
import type { Hint } from './json-instance.ts';
import { expressionIn } from './message.ts';
import { nameWords, stem, stemsOf, urlsIn } from './words.ts';

const name = String.raw`\p{Lu}[\p{L}.'’-]*(?:[ -]\p{Lu}[\p{L}.'’-]*)*`;
const place = new RegExp(String.raw`\b(?:in|at|for|from|to|near|of)\s+(${name})`, 'u');
const places = new RegExp(
  String.raw`\b(?:in|for|at)\s+(${name}(?:\s*,\s*${name})*\s*,?\s+and\s+${name})`,
  'u',
);
const date = /\b(?:\d{4}-\d\d-\d\d|today|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/i;
const zoneName = /^(?:timezone|zone)$/;
const placeName = /^(?:city|location|place|town|country|destination)$/i;

type Reader = readonly [names: RegExp, read: (text: string) => string | undefined];

/** Properties of these names or formats that have no other values. */
const exact: readonly Reader[] = [
  [/^(?:url|uri|link|website)$/, (text) => urlsIn(text)[0]],
  [zoneName, timeZoneIn],
  [/^e?mail$/, (text) => /[\w.+-]+@[\w-]+\.[\w.-]*\w/.exec(text)?.[0]],
];
/** Properties of these names that may have other values. */
const loose: readonly Reader[] = [
  [placeName, (text) => place.exec(text)?.[1]],
  [/^(?:date|day)$/, (text) => date.exec(text)?.[0]],
  [/^(?:expression|formula)$/, (text) => expressionIn(text) ?? undefined],
  [/^(?:q|query|search|keywords?|question)$/, () => undefined],
];

/** Values from a text by the names of the properties: a URL for `url`, a place for `city`, the next number for a number; `otherwise` for other texts. */
export function hintsOf(text: string, otherwise = subjectOf(text)): Hint {
  const stems = stemsOf(text);
  const numbers = (text.match(/(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])/g) ?? []).map(Number);
  const quoted = [...text.matchAll(/["“`]([^"”`]+)["”`]/g)].map((match) => match[1]);
  // A schema may have many properties of one kind.
  const values = new Map<Reader, string | undefined>();
  const valueOf = (reader: Reader) => {
    if (!values.has(reader)) values.set(reader, reader[1](text));
    return values.get(reader);
  };
  return (property, { enum: options, type, format, pattern }, isRequired): JsonValue | undefined => {
    const isSaid = (word: unknown) => typeof word === 'string' && stems.has(stem(word.toLowerCase()));
    // Only a value that is used is gone.
    const next = <Value>(list: Value[]) => (isRequired ? list.shift() : list[0]);
    if (Array.isArray(options)) return options.find(isSaid);
    const words = typeof format === 'string' ? [format] : nameWords(property);
    const isMeant = isRequired || words.every(isSaid);
    const types: JsonValue[] = Array.isArray(type) ? type : [type ?? 'string'];
    if (types.includes('number') || types.includes('integer')) return isMeant ? next(numbers) : undefined;
    if (!types.includes('string') || pattern !== undefined) return undefined;
    const isFor = ([names]: Reader) => words.some((word) => names.test(word));
    const only = exact.find(isFor);
    if (only || format !== undefined)
      return (only && valueOf(only)) ?? (only?.[0] === zoneName && isRequired ? 'UTC' : undefined);
    const reader = loose.find(isFor);
    const found = reader && valueOf(reader);
    if (found !== undefined || !isMeant) return found;
    return (reader ? undefined : next(quoted)) ?? otherwise;
  };
}

/** The time zone that a text names by itself or by its city: "in Tokyo" is Asia/Tokyo. */
function timeZoneIn(text: string): string | undefined {
  const spoken = ` ${text.toLowerCase().replaceAll(/[^\p{L}/_+-]+/gu, ' ')} `;
  const isSaid = (words: string) => spoken.includes(` ${words.toLowerCase()} `);
  const cityOf = (zone: string) => zone.replace(/^.*\//, '').replaceAll('_', ' ');
  return Intl.supportedValuesOf('timeZone').find((zone) => isSaid(zone) || isSaid(cityOf(zone)));
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
