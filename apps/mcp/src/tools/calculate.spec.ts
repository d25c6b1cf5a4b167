import { afterAll, describe, expect, it } from 'vitest';
import { Calculator } from '../calculator/calculator.ts';
import { callTool, failTool } from '../testing/call.ts';
import { createCalculate } from './calculate.ts';

const calculator = new Calculator({ calculate: { charactersMax: 100, timeMs: 20_000, threadsMax: 1 } });
const tool = createCalculate({ timeoutMs: 1_000 }, calculator);
afterAll(() => calculator.onModuleDestroy());

describe('calculate', () => {
  it('returns the result as text, which keeps its digits', async () => {
    expect(await callTool(tool, { expression: ' 0.1 + 2^64 ' })).toEqual({
      expression: '0.1 + 2^64',
      result: '18446744073709551616.1',
    });
  });

  it('reports rounding', async () => {
    expect(await callTool(tool, { expression: '2/3' })).toMatchObject({
      result: '0.6666666666666666666666666666666667',
      note: 'The result is rounded.',
    });
  });

  it.each([
    [{}, 'expression '],
    [{ expression: '' }, 'expression '],
    [{ expression: 'squared(2)' }, 'there is no function named squared; the functions are abs, acos'],
    [{ expression: '1+'.repeat(60) }, 'the expression has 120 characters, at most 100 are calculated'],
  ])('refuses %j', async (args, message) => {
    expect(await failTool(tool, args)).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message) as string,
      param: 'expression',
    });
  });
});
