import fs from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { standardOutput } from './logger.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('writes the lines of a tenth of a second together, and nothing while there are none', () => {
  const write = vi.spyOn(fs, 'write').mockReturnValue(undefined);
  vi.useFakeTimers();
  const output = standardOutput();
  vi.advanceTimersByTime(1_000);
  expect(write).not.toHaveBeenCalled();
  output.write('first\n');
  output.write('second\n');
  vi.advanceTimersByTime(100);
  expect(write.mock.calls.map(([, text]) => text)).toEqual(['first\nsecond\n']);
  const [[, , , written] = []] = write.mock.calls as unknown as [
    number,
    string,
    string,
    (error: null, bytes: number) => void,
  ][];
  written?.(null, 13);
  vi.advanceTimersByTime(1_000);
  expect(write).toHaveBeenCalledTimes(1);
});
