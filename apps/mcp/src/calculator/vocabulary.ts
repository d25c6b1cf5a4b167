import type { MathNode, SymbolNode } from 'mathjs';
import { math } from './math.ts';

/** The functions that an expression may call. They take and return numbers and calculate with all digits. */
const functionNames =
  'abs acos acosh acot acsc asec asin asinh atan atan2 atanh cbrt ceil combinations cos cosh cot csc cube exp expm1 factorial floor gcd hypot ' +
  'lcm ln log log10 log1p log2 max mean median min mod mode nthRoot permutations pow prod quantileSeq round sec sign sin sinh sqrt square std ' +
  'sum tan tanh trunc variance';
const functions = new Map(functionNames.split(' ').map((name) => [name.toLowerCase(), name]));

/** The operators that an expression may use, by mathjs's names. */
const operators: ReadonlySet<string> = new Set(
  (
    'add subtract multiply divide dotMultiply dotDivide mod pow unaryMinus unaryPlus factorial to ' +
    'equal unequal smaller smallerEq larger largerEq'
  ).split(' '),
);

/** Units whose names mean something else in mathjs, with another name of the unit. */
const unitNames = new Map([
  ['coulomb', 'coulombs'],
  ['min', 'minute'],
  ['sec', 'second'],
]);

/**
 * The expression with mathjs's names for its parts. Throws where it holds anything but numbers, lists, operators, functions, constants and
 * units, so that an expression reaches nothing else of mathjs.
 */
export function inVocabulary(expression: MathNode): MathNode {
  return expression.transform((node, path) => {
    if (math.isSymbolNode(node)) return path === 'fn' ? functionNamed(node) : valueNamed(node);
    if (math.isConstantNode(node) && isNumber(node.value)) return node;
    if (math.isOperatorNode(node) && operators.has(node.fn)) {
      if (node.fn === 'mod') refuseUnclearPercent(node.args[1]);
      return node;
    }
    if (math.isFunctionNode(node) || math.isParenthesisNode(node) || math.isArrayNode(node)) return node;
    throw new Error(`this calculates numbers and units only, it does not know ${describe(node)}`);
  });
}

/** The 100 of a percentage is an ordinary number of JavaScript, and exact. */
function isNumber(value: unknown): boolean {
  return math.isBigNumber(value) || math.isNumber(value);
}

function functionNamed(node: SymbolNode): SymbolNode {
  const name = functions.get(node.name.toLowerCase());
  if (name !== undefined) return renamed(node, name);
  const names = [...functions.values()].join(', ');
  throw new Error(`there is no function named ${node.name.slice(0, 40)}; the functions are ${names}`);
}

function valueNamed(node: SymbolNode): SymbolNode {
  const { name } = node;
  const found = [unitNames.get(name) ?? name, name.toLowerCase()].find(
    (known) => isConstant(known) || isUnit(known),
  );
  if (found !== undefined) return renamed(node, found);
  if (functions.has(name.toLowerCase())) throw new Error(`${name} needs parentheses: ${name}(…)`);
  throw new Error(`there is no constant and no unit named ${name.slice(0, 40)}`);
}

function renamed(node: SymbolNode, name: string): SymbolNode {
  return name === node.name ? node : new math.SymbolNode(name);
}

function isConstant(name: string): boolean {
  const value: unknown = Object.hasOwn(math, name) ? Reflect.get(math, name) : undefined;
  return math.isBigNumber(value) || math.isUnit(value);
}

function isUnit(name: string): boolean {
  return math.Unit.isValuelessUnit(name);
}

/** mathjs reads `10% + 5` as the remainder by +5, while its author mostly means a tenth plus 5. The result would be wrong without a warning. */
function refuseUnclearPercent(divisor: MathNode | undefined): void {
  if (!math.isOperatorNode(divisor) || !divisor.isUnary()) return;
  throw new Error('"%" before a sign may be a percentage or a remainder: write (10%) + 5, or mod(10, 5)');
}

function describe(node: MathNode): string {
  const text = node.toString();
  return text === 'undefined' ? 'an empty expression' : text.slice(0, 60);
}
