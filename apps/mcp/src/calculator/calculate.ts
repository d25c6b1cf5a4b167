import { constants, Decimal, digits, factorial, functions, refused } from './functions.ts';
import { type Token, tokenize } from './tokens.ts';

export interface CalculationLimits {
  /** Characters of an expression. */
  charactersMax: number;
  timeMs: number;
}

/** Parentheses and functions within each other. */
const nestingMax = 100;

/** What a number is told with that has more digits than are calculated with. */
const roundedDigits = 34;

/**
 * The value of an arithmetic expression. The names it knows are those of a list, and each step of it is small, so that the time is
 * looked at between steps. Throws `invalid_request` in words for whoever wrote the expression.
 */
export function calculate(
  expression: string,
  { charactersMax, timeMs }: CalculationLimits,
): { result: string; isRounded: boolean } {
  if (expression.length > charactersMax) {
    throw refused(
      `the expression has ${expression.length} characters, at most ${charactersMax} are calculated`,
    );
  }
  const endsAt = performance.now() + timeMs;
  const calculation = new Calculation(tokenize(expression), () => {
    if (performance.now() > endsAt) throw refused('the expression takes too long to calculate');
  });
  const value = calculation.value();
  const isRounded = value.precision() >= digits;
  const shown = isRounded ? value.toSignificantDigits(roundedDigits) : value;
  return { result: (shown.isZero() ? shown.abs() : shown).toString(), isRounded };
}

/** How strongly signs bind. What is negated binds more than a product and less than a power: -2^2 is -(2^2). */
const strengths: Record<string, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 4 };
const negationStrength = 3;

/** Reads an expression and calculates as it goes. */
class Calculation {
  private readonly tokens: readonly Token[];
  private readonly checkTime: () => void;
  private place = 0;
  private nesting = 0;

  constructor(tokens: readonly Token[], checkTime: () => void) {
    this.tokens = tokens;
    this.checkTime = checkTime;
  }

  value(): Decimal {
    const value = this.operation(0);
    if (this.next.type !== 'end') throw this.unexpected();
    return value;
  }

  /** An operand, and the operators after it that bind at least so strongly. */
  private operation(strengthMin: number): Decimal {
    if (++this.nesting > nestingMax)
      throw refused(`the expression is nested deeper than ${nestingMax} levels`);
    let left = this.operand();
    for (let sign = this.next.text; ; sign = this.next.text) {
      const strength = strengths[sign] ?? -1;
      if (this.next.type !== 'sign' || strength < strengthMin) break;
      this.place++;
      if (sign === '%') this.refusePercent();
      // A power is read from the right: 2^3^2 is 2^(3^2). Its exponent may be negated.
      const right = this.operation(sign === '^' ? negationStrength : strength + 1);
      left = this.finite(combine(left, sign, right));
    }
    this.nesting--;
    return left;
  }

  private operand(): Decimal {
    const { type, text } = this.next;
    if (type === 'number') {
      this.place++;
      return this.factorials(this.finite(new Decimal(text)));
    }
    if (type === 'name') {
      this.place++;
      return this.factorials(this.named(text));
    }
    if (this.skip('-')) return this.operation(negationStrength).negated();
    if (this.skip('+')) return this.operation(negationStrength);
    if (!this.skip('(')) throw this.unexpected();
    const value = this.operation(0);
    this.expect(')');
    return this.factorials(value);
  }

  private factorials(operand: Decimal): Decimal {
    let value = operand;
    while (this.skip('!')) value = this.finite(factorial(value, this.checkTime));
    return value;
  }

  private named(name: string): Decimal {
    const constant = constants.get(name);
    if (constant) return constant;
    const known = functions.get(name);
    if (!known) {
      const names = [...constants.keys(), ...functions.keys()].join(', ');
      throw refused(`there is nothing named ${name.slice(0, 40)}; the names are ${names}`);
    }
    this.expect('(', `${name} needs parentheses: ${name}(…)`);
    const values = this.next.text === ')' ? [] : [this.operation(0)];
    while (values.length > 0 && this.skip(',')) values.push(this.operation(0));
    this.expect(')');
    const { argumentsMin, argumentsMax, apply } = known;
    if (values.length < argumentsMin || values.length > argumentsMax) {
      const hint = name === 'log' ? ': log(x, base), or ln(x), log10(x), log2(x)' : '';
      throw refused(
        `${name} does not take ${values.length} ${values.length === 1 ? 'value' : 'values'}${hint}`,
      );
    }
    return this.finite(apply(values, this.checkTime));
  }

  /** After it a remainder's divisor; anything else looks like a percentage, which would be calculated wrongly without a word. */
  private refusePercent(): void {
    const { type, text } = this.next;
    if (type === 'number' || type === 'name' || text === '(') return;
    throw refused('"%" is the remainder, as in 17 % 5; write 15% as 15/100');
  }

  private finite(value: Decimal): Decimal {
    this.checkTime();
    if (value.isNaN()) throw refused('the result is not a real number');
    if (!value.isFinite()) throw refused('the result is infinite or larger than 10^9999');
    return value;
  }

  private get next(): Token {
    const token = this.tokens[this.place] ?? this.tokens.at(-1);
    if (!token) throw new Error('there is always an end');
    return token;
  }

  private skip(sign: string): boolean {
    const isNext = this.next.type === 'sign' && this.next.text === sign;
    if (isNext) this.place++;
    return isNext;
  }

  private expect(sign: string, complaint?: string): void {
    if (!this.skip(sign)) throw complaint === undefined ? this.unexpected() : refused(complaint);
  }

  private unexpected() {
    const { type, text, at } = this.next;
    if (type === 'end') return refused('the expression ends too early');
    return refused(
      `${JSON.stringify(text.slice(0, 40))} is not expected at character ${at + 1} of the expression`,
    );
  }
}

function combine(left: Decimal, sign: string, right: Decimal): Decimal {
  const value = operate(left, sign, right);
  // Only a difference of equals and a remainder are zero without a zero in them.
  const isLost = value.isZero() && !left.isZero() && ['*', '/', '^'].includes(sign) && !right.isZero();
  if (isLost) throw refused('the result is smaller than 10^-9999');
  return value;
}

function operate(left: Decimal, sign: string, right: Decimal): Decimal {
  if ((sign === '/' || sign === '%') && right.isZero()) throw refused('the expression divides by zero');
  switch (sign) {
    case '+':
      return left.plus(right);
    case '-':
      return left.minus(right);
    case '*':
      return left.times(right);
    case '/':
      return left.div(right);
    case '%':
      return left.mod(right);
    default:
      return left.pow(right);
  }
}
