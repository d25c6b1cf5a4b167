import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { calculate } from './calculate.ts';

const limits = { charactersMax: 1_000, timeMs: 250 };

function resultOf(expression: string): string {
  return calculate(expression, limits).result;
}

function complaintAbout(expression: string): string {
  try {
    return `no complaint: ${resultOf(expression)}`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return error.message;
    throw error;
  }
}

describe('calculate', () => {
  it.each([
    ['0.1 + 0.2', '0.3'],
    ['1.10 * 3', '3.3'],
    ['(19.99 * 3 + 4.5) / 1.19', '54.17647058823529411764705882352941'],
    ['1/3', '0.3333333333333333333333333333333333'],
    ['12345678901234567890 * 98765432109876543210', '1219326311370217952237463801111263526900'],
    ['9007199254740993 + 0.5', '9007199254740993.5'],
    ['2^256', '115792089237316195423570985008687907853269984665640564039457584007913129639936'],
    ['1e3 + .5 + 5.', '1005.5'],
    ['2 × 3 ÷ 4 − 1', '0.5'],
    ['2 x 3 X (4)', '24'],
  ])('%s is %s', (expression, result) => {
    expect(resultOf(expression)).toBe(result);
  });

  it.each([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['10 - 3 - 2', '5'],
    ['100 / 10 / 2', '5'],
    ['-2^2', '-4'],
    ['(-2)^2', '4'],
    ['2^3^2', '512'],
    ['2**-1', '0.5'],
    ['2^-2^2', '0.0625'],
    ['--3 + +2', '5'],
    ['3! + -3!', '0'],
    ['3!!', '720'],
    ['2^3!', '64'],
    ['17 % 5 * 2', '4'],
    ['mod(-7, 3)', '2'],
  ])('reads %s as %s', (expression, result) => {
    expect(resultOf(expression)).toBe(result);
  });

  it.each([
    ['sqrt(2)^2', '2'],
    ['sin(pi / 6)', '0.5'],
    ['LN(e)', '1'],
    ['log(8, 2) + log10(1000) + log2(4)', '8'],
    ['round(2.345, 2) + round(1250, -2) + round(-2.5)', '1299.35'],
    ['max(1, 5, 3) - min(4, 2) + sum(1, 2, 3) + mean(1, 2)', '10.5'],
    ['gcd(84, 36) + lcm(4, 6)', '24'],
    ['factorial(20)', '2432902008176640000'],
    ['tau / pi', '2'],
    ['sin(0) - 0', '0'],
    ['sin(1e20)', '-0.645251285265780844205811711312523'],
  ])('knows that %s is %s', (expression, result) => {
    expect(resultOf(expression)).toBe(result);
  });

  it('says what is rounded', () => {
    expect(calculate('2/3', limits).isRounded).toBe(true);
    expect(calculate('2/4', limits).isRounded).toBe(false);
  });

  it.each([
    ['1 / 0', 'the expression divides by zero'],
    ['5 % 0', 'the expression divides by zero'],
    ['sqrt(-1)', 'the result is not a real number'],
    ['ln(0)', 'the result is infinite or larger than 10^9999'],
    ['15% * 80', '"%" is the remainder, as in 17 % 5; write 15% as 15/100'],
    ['200 - 10% + 5', '"%" is the remainder, as in 17 % 5; write 15% as 15/100'],
    ['1,000 + 1', '"," is not expected at character 2 of the expression'],
    ['0x10', '"x10" is not expected at character 2 of the expression'],
    ['2 pi', '"pi" is not expected at character 2 of the expression'],
    ['1 +', 'the expression ends too early'],
    ['', 'the expression ends too early'],
    ['(1', 'the expression ends too early'],
    ['1)', '")" is not expected at character 2 of the expression'],
    ['sqrt 4', 'sqrt needs parentheses: sqrt(…)'],
    ['sqrt()', 'sqrt does not take 0 values'],
    ['log(8)', 'log does not take 1 value: log(x, base), or ln(x), log10(x), log2(x)'],
    ['0.5!', 'a factorial needs a whole number from 0'],
    ['round(1, 0.5)', 'round needs a whole number of places up to 200'],
    ['sin(1e60)', 'an angle must be smaller than 1e50'],
  ])('says of %j: %s', (expression, complaint) => {
    expect(complaintAbout(expression)).toBe(complaint);
  });
});

describe('what would get out of a calculator', () => {
  it.each([
    'constructor',
    '__proto__',
    'toString()',
    'process.exit()',
    'this',
    'globalThis',
    'import("fs")',
    'require("fs")',
    'cos.constructor("return process")()',
    'sqrt["constructor"]("return 1")()',
    'f(x) = x',
    'a = 5',
    '[1, 2]',
    '{"a": 1}',
    '"text"',
    '`${1}`',
    '1; 2',
    'x => x',
    'eval("1")',
    'parse("1")',
    'evaluate("1")',
    'createUnit("x")',
    'function(){}',
    '\\u0061',
    '1 /* comment */ + 1',
    'hasOwnProperty(1)',
    '1n',
    'NaN',
    'Infinity',
  ])('%s is refused', (expression) => {
    expect(complaintAbout(expression)).toMatch(
      /^(cannot read|there is nothing named|.* is not expected at|the expression ends)/,
    );
  });
});

describe('what would keep a calculator busy', () => {
  it.each([
    ['10^10^10', 'the result is infinite or larger than 10^9999'],
    ['9^9^9^9', 'the result is infinite or larger than 10^9999'],
    ['0.1^10^10', 'the result is smaller than 10^-9999'],
    ['1e-9000 * 1e-9000', 'the result is smaller than 10^-9999'],
    ['1e99999', 'the result is infinite or larger than 10^9999'],
    ['exp(1e9)', 'the result is infinite or larger than 10^9999'],
    ['170!!!', 'the result is infinite or larger than 10^9999'],
    ['factorial(1e9999)', 'the result is infinite or larger than 10^9999'],
    [`${'('.repeat(400)}1${')'.repeat(400)}`, 'the expression is nested deeper than 100 levels'],
    [`${'-'.repeat(900)}1`, 'the expression is nested deeper than 100 levels'],
    [`${'2^'.repeat(400)}1`, 'the expression is nested deeper than 100 levels'],
    ['1+'.repeat(501), 'the expression has 1002 characters, at most 1000 are calculated'],
  ])('%j ends at once', (expression, complaint) => {
    const startedAt = performance.now();
    expect(complaintAbout(expression)).toBe(complaint);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each([
    'tan(1.1)^0.3+',
    'exp(9999.9)^0.1+',
    '1.7^9999.3+',
    'atan(0.9)+',
    'asin(0.999)+',
    '3249!/3248!+',
    'tanh(11)+',
  ])('many times %s take no longer than they may', (step) => {
    const expression = `${step.repeat(Math.floor(990 / step.length))}1`;
    const startedAt = performance.now();
    complaintAbout(expression);
    // What runs over is one step.
    expect(performance.now() - startedAt).toBeLessThan(limits.timeMs + 500);
  });
});
