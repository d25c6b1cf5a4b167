import type { MessagePort } from 'node:worker_threads';
import { digits, math } from './math.ts';
import { inVocabulary } from './vocabulary.ts';

export interface Sum {
  expression: string;
  /** Told when the calculation begins, from when its time counts. */
  begun: MessagePort;
}

/** What came out, or in words for whoever wrote the expression what is wrong with it. */
export type Evaluation = { result: string; isRounded: boolean } | { refusal: string };

/** A number of more digits may be one that was rounded. It is told with fewer, all of which are right. */
const exactDigitsMax = digits - 10;
const roundedDigits = 34;
const resultCharactersMax = 10_000;
const refusalCharactersMax = 800;

// The library builds what it needs when it needs it, which is not to be part of the first calculation's time.
evaluateNow('sin(0.1) * mean([1, 2]) * 2 cm to inch');

/** The value of an expression. It may run for ever or take all memory there is, so it has a thread for itself (Calculator). */
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

/** How the same signs are written elsewhere. */
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
      // With a space before it, since 0x10 is something else.
      .replace(/(?<=[\d)]\s+)x(?=\s*[\d.(])/gi, '*')
  );
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === 'Maximum call stack size exceeded' ? 'the expression is nested too deeply' : message;
}
