import type { BigNumber } from 'mathjs';
import math from 'mathjs/lib/browser/math.js';

/** The precision of calculations in digits. Whole numbers and decimal fractions that fit are exact. */
export const digits = 200;

/** The remainder has the sign of its divisor, as in mathematics. */
const roundsToFloor = 3;

// Numbers are equal only if all their digits are: with the default tolerance `floor` rounds 2.9999999999999 up to 3.
const tolerance = 1e-300;
math.config({
  number: 'BigNumber',
  numberFallback: 'BigNumber',
  precision: digits,
  predictable: true,
  relTol: tolerance,
  absTol: tolerance,
});
// Numbers beyond these bounds become infinite or zero, so that no number takes much time or memory.
math.BigNumber.config({ maxE: 9_999, minE: -9_999, toExpPos: digits, toExpNeg: -60, modulo: roundsToFloor });

const round = math.round.bind(math);
math.import(
  {
    trunc: (value: BigNumber) => math.fix(value),
    ln: math.typed('ln', { BigNumber: (value: BigNumber) => value.ln() }),
    // mathjs reads `log(x)` as the natural logarithm, other programs as the one to base 10.
    log: math.typed('log', {
      BigNumber: () => {
        throw new Error('log needs a base: log(x, base), or ln(x), log10(x), log2(x)');
      },
      'BigNumber, BigNumber': (value: BigNumber, base: BigNumber) => value.log(base),
    }),
    // mathjs divides first, so large numbers lose their last digits, and returns the value itself for a divisor of zero.
    mod: math.typed('mod', {
      'BigNumber, BigNumber': (value: BigNumber, divisor: BigNumber) => {
        if (divisor.isZero()) throw new Error('the expression divides by zero');
        return value.mod(divisor);
      },
    }),
    // mathjs does not round to tens and hundreds.
    round: (...values: [BigNumber, BigNumber]) => {
      const [value, places] = values;
      if (!math.isBigNumber(places) || !places.isNegative()) return round(...values);
      const unit = math.bignumber(10).pow(places.negated());
      return round(value.div(unit), math.bignumber(0)).times(unit);
    },
  },
  { override: true },
);

/** mathjs as this thread uses it: decimal numbers, no complex numbers. */
export { math };
