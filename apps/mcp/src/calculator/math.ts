import type { BigNumber } from 'mathjs';
import math from 'mathjs/lib/browser/math.js';

/** Digits that are calculated with. Whole numbers and decimal fractions that fit are exact. */
export const digits = 200;

/** The remainder has the sign of its divisor, as in mathematics. */
const roundsToFloor = 3;

// Whatever is equal is so in all its digits: by default 2.9999999999999 is near enough to 3 to be rounded up by `floor`.
const tolerance = 1e-300;
math.config({
  number: 'BigNumber',
  numberFallback: 'BigNumber',
  precision: digits,
  predictable: true,
  relTol: tolerance,
  absTol: tolerance,
});
// What lies beyond is infinite or zero: no number takes long to handle or much memory.
math.BigNumber.config({ maxE: 9_999, minE: -9_999, toExpPos: digits, toExpNeg: -60, modulo: roundsToFloor });

const round = math.round.bind(math);
math.import(
  {
    trunc: (value: BigNumber) => math.fix(value),
    ln: math.typed('ln', { BigNumber: (value: BigNumber) => value.ln() }),
    // The library's own takes a logarithm without a base for the natural one, which others take for that to the base of 10.
    log: math.typed('log', {
      BigNumber: () => {
        throw new Error('log needs a base: log(x, base), or ln(x), log10(x), log2(x)');
      },
      'BigNumber, BigNumber': (value: BigNumber, base: BigNumber) => value.log(base),
    }),
    // The library's own divides first, which costs large numbers their last digits, and gives the value itself where the divisor is zero.
    mod: math.typed('mod', {
      'BigNumber, BigNumber': (value: BigNumber, divisor: BigNumber) => {
        if (divisor.isZero()) throw new Error('the expression divides by zero');
        return value.mod(divisor);
      },
    }),
    // The library's own does not round to tens and hundreds.
    round: (...values: [BigNumber, BigNumber]) => {
      const [value, places] = values;
      if (!math.isBigNumber(places) || !places.isNegative()) return round(...values);
      const unit = math.bignumber(10).pow(places.negated());
      return round(value.div(unit), math.bignumber(0)).times(unit);
    },
  },
  { override: true },
);

/** The library as this thread uses it: decimal numbers, no complex ones. */
export { math };
