import { AppError } from '@antiphon/contracts';
import { Decimal as AnyDecimal } from 'decimal.js';

/** Digits that are calculated with. Whole numbers and decimal fractions that fit are exact. */
export const digits = 200;

/**
 * Numbers of this calculator. What lies beyond 10^±9999 is infinite or zero, and so refused: no number takes long to handle or to write.
 * A remainder has the sign of its divisor, as in mathematics.
 */
export const Decimal = AnyDecimal.clone({
  precision: digits,
  rounding: AnyDecimal.ROUND_HALF_EVEN,
  modulo: AnyDecimal.ROUND_FLOOR,
  maxE: 9_999,
  minE: -9_999,
  toExpPos: digits,
  toExpNeg: -60,
});
export type Decimal = AnyDecimal;

export interface NumberFunction {
  argumentsMin: number;
  argumentsMax: number;
  apply: (values: readonly Decimal[], checkTime: () => void) => Decimal;
}

const one = (apply: (value: Decimal) => Decimal): NumberFunction => ({
  argumentsMin: 1,
  argumentsMax: 1,
  apply: ([value]) => apply(given(value)),
});

const two = (apply: (left: Decimal, right: Decimal, checkTime: () => void) => Decimal): NumberFunction => ({
  argumentsMin: 2,
  argumentsMax: 2,
  apply: ([left, right], checkTime) => apply(given(left), given(right), checkTime),
});

const many = (apply: (values: readonly Decimal[]) => Decimal): NumberFunction => ({
  argumentsMin: 1,
  argumentsMax: Infinity,
  apply,
});

/** What can be called by name, and nothing else can. */
export const functions: ReadonlyMap<string, NumberFunction> = new Map([
  ['abs', one((x) => x.abs())],
  ['sign', one((x) => new Decimal(Decimal.sign(x)))],
  ['floor', one((x) => x.floor())],
  ['ceil', one((x) => x.ceil())],
  ['trunc', one((x) => x.trunc())],
  ['round', { argumentsMin: 1, argumentsMax: 2, apply: ([x, places]) => round(given(x), places) }],
  ['sqrt', one((x) => x.sqrt())],
  ['cbrt', one((x) => x.cbrt())],
  ['exp', one((x) => x.exp())],
  ['ln', one((x) => x.ln())],
  ['log10', one((x) => Decimal.log10(x))],
  ['log2', one((x) => Decimal.log2(x))],
  ['log', two((x, base) => x.log(base))],
  ['sin', one((x) => angle(x).sin())],
  ['cos', one((x) => angle(x).cos())],
  ['tan', one((x) => angle(x).tan())],
  ['asin', one((x) => x.asin())],
  ['acos', one((x) => x.acos())],
  ['atan', one((x) => x.atan())],
  ['sinh', one((x) => x.sinh())],
  ['cosh', one((x) => x.cosh())],
  ['tanh', one((x) => x.tanh())],
  ['pow', two((x, y) => x.pow(y))],
  ['mod', two((x, y) => x.mod(y))],
  ['gcd', two(greatestCommonDivisor)],
  ['lcm', two(leastCommonMultiple)],
  ['min', many((values) => Decimal.min(...values))],
  ['max', many((values) => Decimal.max(...values))],
  ['sum', many((values) => Decimal.sum(...values))],
  ['mean', many((values) => Decimal.sum(...values).div(values.length))],
  [
    'factorial',
    { argumentsMin: 1, argumentsMax: 1, apply: ([n], checkTime) => factorial(given(n), checkTime) },
  ],
]);

export const constants: ReadonlyMap<string, Decimal> = new Map([
  ['pi', Decimal.acos(-1)],
  ['tau', Decimal.acos(-1).times(2)],
  ['e', Decimal.exp(1)],
]);

export function factorial(n: Decimal, checkTime: () => void): Decimal {
  if (!n.isInteger() || n.isNegative()) throw refused('a factorial needs a whole number from 0');
  let product = new Decimal(1);
  for (let i = 2; n.gte(i) && product.isFinite(); i++) {
    checkTime();
    product = product.times(i);
  }
  return product;
}

function round(x: Decimal, places: Decimal = new Decimal(0)): Decimal {
  const count = places.toNumber();
  if (!Number.isInteger(count) || Math.abs(count) > digits) {
    throw refused(`round needs a whole number of places up to ${digits}`);
  }
  if (count >= 0) return x.toDecimalPlaces(count, Decimal.ROUND_HALF_UP);
  const unit = new Decimal(10).pow(-count);
  return x.div(unit).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).times(unit);
}

/** More digits before the point than there are of pi say nothing about the angle. */
function angle(x: Decimal): Decimal {
  if (x.abs().gte('1e50')) throw refused('an angle must be smaller than 1e50');
  return x;
}

function greatestCommonDivisor(x: Decimal, y: Decimal, checkTime: () => void): Decimal {
  if (!x.isInteger() || !y.isInteger()) throw refused('gcd and lcm need whole numbers');
  let [greater, smaller] = [x.abs(), y.abs()];
  while (!smaller.isZero()) {
    checkTime();
    [greater, smaller] = [smaller, greater.mod(smaller)];
  }
  return greater;
}

function leastCommonMultiple(x: Decimal, y: Decimal, checkTime: () => void): Decimal {
  const divisor = greatestCommonDivisor(x, y, checkTime);
  return divisor.isZero() ? divisor : x.div(divisor).times(y).abs();
}

export function refused(message: string): AppError {
  return new AppError('invalid_request', message, { param: 'expression' });
}

/** How many there are is checked before. */
function given(value: Decimal | undefined): Decimal {
  if (value === undefined) throw new Error('an argument is missing');
  return value;
}
