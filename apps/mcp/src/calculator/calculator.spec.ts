import { AppError } from '@antiphon/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { Calculator } from './calculator.ts';

const limits = { charactersMax: 1_000, threadsMax: 2 };
const never = new AbortController().signal;
/** Generous, for a busy machine. */
const calculator = new Calculator({ calculate: { ...limits, timeMs: 20_000 } });
const hasty = new Calculator({ calculate: { ...limits, timeMs: 1_000 } });
afterAll(() => Promise.all([calculator.onModuleDestroy(), hasty.onModuleDestroy()]));

async function resultOf(expression: string, by = calculator): Promise<string> {
  return (await by.calculate(expression, never)).result;
}

async function complaintAbout(expression: string, by = calculator): Promise<string> {
  try {
    return `no complaint: ${await resultOf(expression, by)}`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return error.message;
    throw error;
  }
}

describe('the calculator', () => {
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
    ['2 pi', '6.283185307179586476925286766559006'],
    ['0xff', '255'],
  ])('finds %s to be %s', async (expression, result) => {
    expect(await resultOf(expression)).toBe(result);
  });

  it.each([
    ['1 + 2 * 3', '7'],
    ['10 - 3 - 2', '5'],
    ['100 / 10 / 2', '5'],
    ['-2^2', '-4'],
    ['2^3^2', '512'],
    ['2**-1', '0.5'],
    ['2^-2^2', '0.0625'],
    ['--3 + +2', '5'],
    ['3! + -3!', '0'],
    ['2^3!', '64'],
    ['17 % 5 * 2', '4'],
    ['mod(-7, 3)', '2'],
    ['(10^150 + 1) * (10^45 + 1) % 10^45', '1'],
    ['9.11 > 9.9', 'false'],
    ['0.1 + 0.2 == 0.3', 'true'],
  ])('reads %s as %s', async (expression, result) => {
    expect(await resultOf(expression)).toBe(result);
  });

  it.each([
    ['15% * 80', '12'],
    ['200 - 10%', '180'],
    ['250 + 19%', '297.5'],
    ['100 * (1 + 5%)^2', '110.25'],
  ])('reads the percentage in %s: %s', async (expression, result) => {
    expect(await resultOf(expression)).toBe(result);
  });

  it.each([
    ['5 ft + 3 in to cm', '160.02 cm'],
    ['72 km/h to m/s', '20 m / s'],
    ['90 min to h', '1.5 h'],
    ['20 °C to °F', '68 degF'],
    ['3 coulomb to C', '3 C'],
    ['sin(30°)', '0.5'],
    ['1 km / (8 m/s) to s', '125 s'],
    ['speedOfLight', '299792458 m / s'],
  ])('knows the units of %s: %s', async (expression, result) => {
    expect(await resultOf(expression)).toBe(result);
  });

  it.each([
    ['sqrt(2)^2', '2'],
    ['sin(pi / 6)', '0.5'],
    ['LN(e)', '1'],
    ['log(8, 2) + log10(1000) + log2(4)', '8'],
    ['round(2.345, 2) + round(1250, -2) + round(-2.5)', '1299.35'],
    ['floor(2.99999999999999999999) + ceil(-0.5)', '2'],
    ['max(1, 5, 3) - min(4, 2) + sum(1, 2, 3) + mean([1, 2])', '10.5'],
    ['median(7, 1, 3) + std(1, 3)^2 + variance(1, 3)', '7'],
    ['gcd(84, 36) + lcm(4, 6) + combinations(5, 2)', '34'],
    ['factorial(20)', '2432902008176640000'],
    ['tau / pi + cbrt(-8)', '0'],
    ['sin(1e20)', '-0.645251285265780844205811711312523'],
    ['[1, 2] * 3', '[3, 6]'],
  ])('knows that %s is %s', async (expression, result) => {
    expect(await resultOf(expression)).toBe(result);
  });

  it('reports rounded results', async () => {
    expect((await calculator.calculate('2/3', never)).isRounded).toBe(true);
    expect((await calculator.calculate('1/3 cm', never)).isRounded).toBe(true);
    expect((await calculator.calculate('2/4', never)).isRounded).toBe(false);
  });

  it.each([
    ['1 / 0', 'the result is infinite or larger than 10^9999'],
    ['5 % 0', 'the expression divides by zero'],
    ['sqrt(-1)', 'the result is not a real number'],
    ['ln(0)', 'the result is infinite or larger than 10^9999'],
    ['200 - 10% + 5', '"%" before a sign may be a percentage or a remainder: write (10%) + 5, or mod(10, 5)'],
    ['1,000 + 1', 'Unexpected operator , (char 2)'],
    ['1 +', 'Unexpected end of expression (char 4)'],
    ['# nothing', 'this calculates numbers and units only, it does not know an empty expression'],
    ['(1', 'Parenthesis ) expected (char 3)'],
    ['sqrt 4', 'sqrt needs parentheses: sqrt(…)'],
    ['log(8)', 'log needs a base: log(x, base), or ln(x), log10(x), log2(x)'],
    ['ln(8, 2)', 'Too many arguments in function ln (expected: 1, actual: 2)'],
    ['0.5!', 'Integer BigNumber expected'],
    ['2 kg + 3 m', 'Units do not match'],
    ['100 USD', 'there is no constant and no unit named USD'],
  ])('refuses %j: %s', async (expression, complaint) => {
    expect(await complaintAbout(expression)).toBe(complaint);
  });
});

describe('expressions that try to reach the library', () => {
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
    'cos.constructor',
    'sqrt["constructor"]',
    'sqrt["constructor"]("return 1")()',
    'f(x) = x',
    'f(x) = f(x)',
    'a = 5',
    'pi = 3',
    '{"a": 1}',
    '"text"',
    "'text'",
    '`${1}`',
    '1; 2',
    '1\n2',
    'x => x',
    'eval("1")',
    'parse("1")',
    'evaluate("1")',
    'simplify("x + x")',
    'config({})',
    'createUnit("x")',
    'unit("5 cm")',
    'matrix([1])',
    'zeros(10000, 10000)',
    'map([1], sqrt)',
    'sqrt(sqrt)',
    'function(){}',
    '\\u0061',
    '1 /* comment */ + 1',
    'hasOwnProperty(1)',
    '[1, 2][1]',
    '1:1000000000',
    '1 > 2 ? 3 : 4',
    'true and true',
    'i',
    'end',
  ])('%j is refused', async (expression) => {
    expect(await complaintAbout(expression)).toMatch(
      /^(this calculates numbers and units only|there is no (function|constant)|\w+ needs parentheses|Syntax error|Value expected|Unexpected)/,
    );
  });
});

describe('expressions that take too long', () => {
  it.each([
    ['10^10^10', 'the result is infinite or larger than 10^9999'],
    ['9^9^9^9', 'the result is infinite or larger than 10^9999'],
    ['1e99999', 'the result is infinite or larger than 10^9999'],
    ['exp(1e9)', 'the result is infinite or larger than 10^9999'],
    ['99999!', 'the result is infinite or larger than 10^9999'],
    ['[1, 2; 3, 4]^1e9', 'the result is infinite or larger than 10^9999'],
    ['('.repeat(499), 'Unexpected end of expression (char 500)'],
    ['1+'.repeat(501), 'the expression has 1002 characters, at most 1000 are calculated'],
    [`[${'1/3;'.repeat(99)}1] * [[${'1,'.repeat(99)}1]]`, 'the result has more than 10000 characters'],
  ])('%j ends at once', async (expression, complaint) => {
    expect(await complaintAbout(expression)).toBe(complaint);
  });

  it.each(['factorial(1e9)', '999999999!', 'combinations(1e9999, 1e9998)'])(
    '%s is ended after its time, which others have too, and the next calculation works',
    async (expression) => {
      let turnsOfOthers = 0;
      const others = setInterval(() => turnsOfOthers++, 5);
      expect(await complaintAbout(expression, hasty)).toBe('the expression takes too long to calculate');
      clearInterval(others);
      expect(turnsOfOthers).toBeGreaterThan(1);
      expect(await resultOf('0.1 + 0.2', hasty)).toBe('0.3');
    },
  );

  it('ends when its caller aborts', async () => {
    const caller = new AbortController();
    const calculation = calculator.calculate('factorial(1e9)', caller.signal);
    caller.abort();
    await expect(calculation).rejects.toMatchObject({ code: 'cancelled' });
  });
});
