import {
  type Progress,
  ProgressNotificationSchema,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';
import { withProgress } from './progress.ts';

it('tells of a tool that reports without pause at its beginning, now and then, and at its end', async () => {
  const told: Progress[] = [];
  const options = {
    token: 'token',
    intervalMs: 60_000,
    send: async (notification: ServerNotification) =>
      void told.push(ProgressNotificationSchema.parse(notification).params),
  };
  const result = await withProgress(options, async (onProgress) => {
    const endsAt = performance.now() + 250;
    for (let step = 1; performance.now() < endsAt; step++) onProgress?.({ progress: step });
    return 'done';
  });
  expect(result).toBe('done');
  const counts = told.map(({ progress }) => progress);
  expect(told.length).toBeLessThanOrEqual(5);
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  expect(told[1]?.message).toMatch(/^\d+$/);
});

it('tells nothing where nobody asked', async () => {
  const options = { token: undefined, intervalMs: 1, send: () => Promise.reject(new Error('told')) };
  expect(await withProgress(options, async (onProgress) => onProgress)).toBeUndefined();
});
