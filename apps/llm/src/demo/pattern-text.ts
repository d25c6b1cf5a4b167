import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** The largest count of a quantifier that is followed, so that `a{999999}` costs nothing. */
const repeatMax = 1_000;
/** Characters of a text: quantifiers within groups multiply. */
const textMax = 10_000;

/**
 * A short text that a regular expression matches, made from its syntax tree and never by running it: a caller's pattern may take for ever.
 * Look-arounds and back references are ignored. Empty where the pattern has no valid syntax.
 */
export function textForPattern(pattern: string): string {
  for (const unicode of [true, false]) {
    try {
      return firstOf(
        new RegExpParser().parsePattern(pattern, undefined, undefined, { unicode }).alternatives,
      );
    } catch {
      // The syntax is wrong in this mode, or groups are nested too deeply for the parser.
    }
  }
  return '';
}

function firstOf([alternative]: readonly AST.Alternative[]): string {
  let text = '';
  for (const element of alternative?.elements ?? []) text += textOf(element, textMax - text.length);
  return text;
}

function textOf(element: AST.Element, lengthMax: number): string {
  switch (element.type) {
    case 'Quantifier': {
      if (element.min === 0) return '';
      const text = textOf(element.element, lengthMax);
      return text.repeat(Math.min(element.min, repeatMax, Math.ceil(lengthMax / (text.length || 1))));
    }
    case 'Group':
    case 'CapturingGroup':
      return firstOf(element.alternatives);
    case 'Character':
    case 'CharacterSet':
    case 'CharacterClass':
      return characters.find((character) => contains(element, character)) ?? firstMember(element);
    default:
      return '';
  }
}

/** Characters to try first. */
const characters = ['a', '0', 'A', ' ', '_', '-'];

type Member = AST.Element | AST.CharacterClassElement;

function contains(member: Member, character: string): boolean {
  const code = character.charCodeAt(0);
  switch (member.type) {
    case 'Character':
      return member.value === code;
    case 'CharacterClassRange':
      return member.min.value <= code && code <= member.max.value;
    case 'CharacterClass':
      return member.elements.some((inner) => contains(inner, character)) !== member.negate;
    case 'CharacterSet':
      // The source of a set (`.`, `\d`, `\p{L}`) is a pattern without repetition.
      return new RegExp(member.raw, 'u').test(character);
    default:
      return false;
  }
}

function firstMember(member: Member): string {
  if (member.type === 'Character') return String.fromCodePoint(member.value);
  if (member.type === 'CharacterClassRange') return firstMember(member.min);
  const first = member.type === 'CharacterClass' && !member.negate ? member.elements[0] : undefined;
  return first === undefined ? '' : firstMember(first);
}
