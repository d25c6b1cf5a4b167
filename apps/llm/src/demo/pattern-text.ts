import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** The largest count of a quantifier that is followed, so that `a{999999}` costs nothing. */
const repeatMax = 1_000;
/** Characters of a text: quantifiers within groups multiply. */
const textMax = 10_000;
/** Characters to try for a class or a set: common ones, then those of the first alphabets. */
const characters = [...'a0A _-', ...Array.from({ length: 0x600 }, (_, code) => String.fromCharCode(code))];

/**
 * A short text that a regular expression matches, made from its syntax tree: a caller's pattern is not run, since it may take for ever.
 * Look-arounds and back references are ignored. Empty where the pattern has no valid syntax.
 */
export function textForPattern(pattern: string): string {
  try {
    return firstOf(new RegExpParser().parsePattern(pattern).alternatives);
  } catch {
    return ''; // The syntax is wrong, or groups are nested too deeply for the parser.
  }
}

function firstOf([alternative]: readonly AST.Alternative[]): string {
  let text = '';
  for (const element of alternative?.elements ?? []) text += textOf(element, textMax - text.length);
  return text;
}

function textOf(element: AST.Element, lengthMax: number): string {
  switch (element.type) {
    case 'Quantifier': {
      const text = element.min === 0 ? '' : textOf(element.element, lengthMax);
      return text.repeat(Math.min(element.min, repeatMax, Math.ceil(lengthMax / (text.length || 1))));
    }
    case 'Group':
    case 'CapturingGroup':
      return firstOf(element.alternatives);
    case 'Character':
      return String.fromCodePoint(element.value);
    case 'CharacterSet':
    case 'CharacterClass': {
      // One class or set is a pattern without repetition.
      const one = new RegExp(element.raw);
      return characters.find((character) => one.test(character)) ?? '';
    }
    default:
      return '';
  }
}
