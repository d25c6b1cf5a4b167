import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** Characters from which on a quantifier repeats no more: quantifiers within groups multiply. */
const repeatedMax = 1_000;
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
  return (alternative?.elements ?? []).map(textOf).join('');
}

function textOf(element: AST.Element): string {
  switch (element.type) {
    case 'Quantifier': {
      const text = element.min === 0 ? '' : textOf(element.element);
      return text.repeat(Math.min(element.min, Math.ceil(repeatedMax / (text.length || 1))));
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
