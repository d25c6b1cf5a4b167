import { expect, it } from 'vitest';
import { warningsAbout } from './unsupported-tools.ts';

const tools = [{ path: ['tools', 2, 'type'], complaint: '"x" is not supported by this server' }];

it('are refused with their place, or left out with a warning', () => {
  expect(() => warningsAbout(tools, 'refuse')).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      param: 'tools[2].type',
      message: 'tools[2].type "x" is not supported by this server',
    }),
  );
  expect(warningsAbout(tools, 'skip')).toEqual([
    'tools[2] was left out: its type "x" is not supported by this server',
  ]);
  expect(warningsAbout([], 'refuse')).toEqual([]);
});
