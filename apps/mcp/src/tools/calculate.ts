import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type Config, MCP_CONFIG } from '../config.ts';
import { Calculator } from '../calculator/calculator.ts';
import { defineTool, type RegisteredTool, readOnly } from '../host/tool.ts';
import { jsonOutput } from '../host/tool-output.ts';
import type { ToolSource } from '../host/tool-source.ts';

const Parameters = z.object({
  expression: z
    .string()
    .trim()
    .min(1)
    .describe(
      'What to calculate, for example "(19.99 * 3 + 4.5) / 1.19", "250 + 19%", "sqrt(2)^3", "mean(3, 5, 10)" or "72 km/h to m/s". ' +
        'A point before decimals, no thousands separators, no variables.',
    ),
});

@Injectable()
export class CalculateTool implements ToolSource {
  readonly tools: readonly RegisteredTool[];

  constructor(@Inject(MCP_CONFIG) config: Pick<Config, 'tools'>, calculator: Calculator) {
    this.tools = [createCalculate(config.tools, calculator)];
  }
}

export function createCalculate(
  { timeoutMs }: { timeoutMs: number },
  calculator: Calculator,
): RegisteredTool {
  return defineTool({
    name: 'calculate',
    description:
      'Calculates an expression with exact decimals and converts units. Use it for every calculation and comparison instead of doing it in your ' +
      'head. Knows + - * / ^ ! and parentheses; percentages (15% * 80, 200 - 10%) and remainders (17 % 5, mod); comparisons (9.11 < 9.9); pi, e, ' +
      'tau, phi and physical constants (speedOfLight); sqrt, cbrt, nthRoot(x, n), exp, ln, log10, log2, log(x, base), abs, round(x, places), floor, ' +
      'ceil, trunc, sign, gcd, lcm, factorial, combinations(n, k), permutations(n, k); min, max, sum, prod, mean, median, mode, std, variance, ' +
      'quantileSeq([…], p); sin, cos, tan and their inverses and hyperbolic forms, in radians or as sin(30 deg); units with prefixes: "5 ft + 3 inch to cm", "20 degC to degF".',
    parameters: Parameters,
    annotations: readOnly,
    timeoutMs,
    run: async ({ expression }, _context, signal) => {
      const { result, isRounded } = await calculator.calculate(expression, signal);
      return jsonOutput({ expression, result, ...(isRounded && { note: 'The result is rounded.' }) });
    },
  });
}
