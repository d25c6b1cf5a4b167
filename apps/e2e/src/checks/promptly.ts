import { expect } from 'vitest';

const attempts = 3;
const promptMs = 200;
const boundMs = 3_000;

/**
 * Checks that an effect follows its cause within 200 ms. Other processes may use the machine, so the best of three attempts counts, but
 * each has a bound. `attempt` resolves to the milliseconds between the two.
 */
export async function expectPromptly(attempt: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  while (times.length < attempts && (times.at(-1) ?? Infinity) >= promptMs) times.push(await attempt());
  expect(Math.max(...times)).toBeLessThan(boundMs);
  expect(Math.min(...times)).toBeLessThan(promptMs);
}
