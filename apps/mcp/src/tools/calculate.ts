import { z } from 'zod';
import { calculate, type CalculationLimits } from '../calculator/calculate.ts';
import { defineTool, type HostedTool, readOnly } from '../tool.ts';
import { jsonOutput } from '../tool-output.ts';

const Parameters = z.object({
  expression: z
    .string()
    .trim()
    .min(1)
    .describe(
      'What to calculate, for example "(19.99 * 3 + 4.5) / 1.19" or "sqrt(2)^3". No units, no thousands separators.',
    ),
});

export function createCalculate({
  timeoutMs,
  ...limits
}: CalculationLimits & { timeoutMs: number }): HostedTool {
  return defineTool({
    name: 'calculate',
    description:
      'Calculates an arithmetic expression with exact decimals. Use it for every calculation instead of doing it in your head. ' +
      'Knows + - * / ^, % (remainder), ! and parentheses; pi, e, tau; sqrt, cbrt, exp, ln, log10, log2, log(x, base), pow, mod, abs, round(x, places), ' +
      'floor, ceil, trunc, sign, min, max, sum, mean, gcd, lcm, factorial, and sin, cos, tan, asin, acos, atan, sinh, cosh, tanh in radians.',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs,
    run: async ({ expression }) => {
      const { result, isRounded } = calculate(expression, limits);
      return jsonOutput({ expression, result, ...(isRounded && { note: 'The result is rounded.' }) });
    },
  });
}
