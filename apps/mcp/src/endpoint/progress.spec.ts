import {
  type Progress,
  ProgressNotificationSchema,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';
import { withProgress } from './progress.ts';

it('notifies at the start, at intervals and at the end of a tool that reports without pause', async () => {
  const sent: Progress[] = [];
  const options = {
    token: 'token',
    intervalMs: 60_000,
    send: async (notification: ServerNotification) =>
      void sent.push(ProgressNotificationSchema.parse(notification).params),
  };
  const result = await withProgress(options, async (onProgress) => {
    const endsAt = performance.now() + 250;
    for (let step = 1; performance.now() < endsAt; step++) onProgress?.({ progress: step });
    return 'done';
  });
  expect(result).toBe('done');
  const counts = sent.map(({ progress }) => progress);
  expect(sent.length).toBeLessThanOrEqual(5);
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  expect(sent[1]?.message).toMatch(/^\d+$/);
});

it('sends no notification without a progress token', async () => {
  const options = { token: undefined, intervalMs: 1, send: () => Promise.reject(new Error('sent')) };
  expect(await withProgress(options, async (onProgress) => onProgress)).toBeUndefined();
});
