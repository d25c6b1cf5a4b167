import { expect } from 'vitest';

const attempts = 3;
const promptMs = 200;
const boundMs = 3_000;

/**
 * Proves that an effect follows its cause within 200 ms. Tests share their machine with others, so the best of three attempts counts,
 * but none may take longer than a machine can be busy. `attempt` resolves to the milliseconds between the two.
 */
export async function expectPromptly(attempt: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  while (times.length < attempts && (times.at(-1) ?? Infinity) >= promptMs) times.push(await attempt());
  expect(Math.max(...times)).toBeLessThan(boundMs);
  expect(Math.min(...times)).toBeLessThan(promptMs);
}
