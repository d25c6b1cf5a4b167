import type { MessagePort } from 'node:worker_threads';
import { digits, math } from './math.ts';
import { inVocabulary } from './vocabulary.ts';

export interface Sum {
  expression: string;
  /** Gets a message when the calculation starts; its time counts from then. */
  begun: MessagePort;
}

/** The result, or a message for the author of the expression about its fault. */
export type Evaluation = { result: string; isRounded: boolean } | { refusal: string };

/** A number with more digits may have been rounded. It is shown with `roundedDigits` digits, all of which are correct. */
const exactDigitsMax = digits - 10;
const roundedDigits = 34;
const resultCharactersMax = 10_000;
const refusalCharactersMax = 800;

// mathjs builds its functions at their first use. This calculation builds them, so that the first caller's time does not pay for it.
evaluateNow('sin(0.1) * mean([1, 2]) * 2 cm to inch');

/** The value of an expression. The calculation may be endless or take all memory, so it runs in a thread (Calculator). */
export function evaluate({ expression, begun }: Sum): Evaluation {
  begun.postMessage('begun');
  try {
    return evaluateNow(expression);
  } catch (error) {
    return { refusal: wordsOf(error).slice(0, refusalCharactersMax) };
  }
}

function evaluateNow(expression: string): { result: string; isRounded: boolean } {
  const value: unknown = inVocabulary(math.parse(inUsualSigns(expression))).evaluate();
  let isRounded = false;
  const result = math.format(value, (number: unknown) => {
    if (!math.isBigNumber(number) || number.isNaN()) throw new Error('the result is not a real number');
    if (!number.isFinite()) throw new Error('the result is infinite or larger than 10^9999');
    const isExact = number.precision() <= exactDigitsMax;
    isRounded ||= !isExact;
    const shown = isExact ? number : number.toSignificantDigits(roundedDigits);
    return (shown.isZero() ? shown.abs() : shown).toString();
  });
  if (result.length > resultCharactersMax) {
    throw new Error(`the result has more than ${resultCharactersMax} characters`);
  }
  return { result, isRounded };
}

/** Other spellings of mathjs's signs. */
const signs: Record<string, string> = {
  '×': '*',
  '·': '*',
  '÷': '/',
  '−': '-',
  '**': '^',
  π: ' pi ',
  '°': ' deg',
};

function inUsualSigns(expression: string): string {
  return (
    expression
      .replace(/[×·÷−π°]|\*\*/g, (sign) => signs[sign] ?? sign)
      // Only after a space: 0x10 is a hexadecimal number.
      .replace(/(?<=[\d)]\s+)x(?=\s*[\d.(])/gi, '*')
  );
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === 'Maximum call stack size exceeded' ? 'the expression is nested too deeply' : message;
}
