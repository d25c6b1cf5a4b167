import type { BodyLimits } from '@antiphon/contracts';

/**
 * The limit that JSON in UTF-8 exceeds, as a sentence; null where it is within all. One pass over the bytes that allocates
 * nothing but two counters a level, so that it costs less than parsing and is safe for JSON that must not be parsed. Bytes that are not JSON are
 * counted, too: the parser refuses them.
 */
export function excessOf(json: Uint8Array, limits: BodyLimits): string | null {
  const { depthMax, valuesMax, partsMax, entriesMax, keysMax, keyBytesMax } = limits;
  // Of each open level: the separators so far, and whether it is an object.
  const separators = new Uint32Array(depthMax + 1);
  const isObject = new Uint8Array(depthMax + 1);
  let depth = 0;
  let values = 1;
  let parts = 0;
  let isKey = false;
  for (let place = 0; place < json.length; place++) {
    switch (json[place] ?? 0) {
      case quote: {
        const end = endOfString(json, place + 1);
        if (isKey && end - place - 1 > keyBytesMax)
          return `The body has a key of more than ${keyBytesMax} bytes.`;
        place = end;
        parts++;
        break;
      }
      case openBrace:
      case openBracket:
        if (++depth > depthMax)
          return `The body is nested too deeply: at most ${depthMax} levels are allowed.`;
        isKey = json[place] === openBrace;
        isObject[depth] = Number(isKey);
        separators[depth] = 0;
        values++;
        parts++;
        break;
      case closeBrace:
      case closeBracket:
        if (depth > 0) depth--;
        isKey = false;
        break;
      case colon:
        isKey = false;
        break;
      case comma: {
        values++;
        isKey = isObject[depth] === 1;
        const count = (separators[depth] ?? 0) + 1;
        separators[depth] = count;
        if (isKey && count >= keysMax) return `The body has an object of more than ${keysMax} keys.`;
        if (!isKey && count >= entriesMax) return `The body has an array of more than ${entriesMax} entries.`;
        break;
      }
    }
    if (values > valuesMax) return `The body has more than ${valuesMax} values.`;
    if (parts > partsMax) return `The body has more than ${partsMax} strings, objects and arrays.`;
  }
  return null;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;

/** The place of the quote that ends a string, or the end of the bytes. */
function endOfString(json: Uint8Array, start: number): number {
  for (let place = start; place < json.length; place++) {
    if (json[place] === backslash) place++;
    else if (json[place] === quote) return place;
  }
  return json.length;
}
