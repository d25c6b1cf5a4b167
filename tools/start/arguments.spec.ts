import { resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { parseStackArguments } from './arguments.ts';
import { defaultDataFolder } from './data-folder/data-folder.ts';

afterEach(() => vi.unstubAllEnvs());

test('the defaults are the clone’s own folder, no fixed port and separate processes', () => {
  const defaults = { data: defaultDataFolder, port: undefined, compact: false };
  expect(parseStackArguments('start', [])).toEqual(defaults);
  expect(parseStackArguments('start', ['--compact'])).toEqual({ ...defaults, compact: true });
});

test('a relative folder starts at the folder of the npm call', () => {
  vi.stubEnv('INIT_CWD', '/somewhere/else');
  const { data, port } = parseStackArguments('start', ['--port', '9000', '--data', '../data']);
  expect({ data, port }).toEqual({ data: resolve('/somewhere/data'), port: 9000 });
});

test.each([
  [['--port', '0'], '--port must be between 1 and 65535, got "0"'],
  [['--port', '65536'], '--port must be'],
  [['--port', '80a'], '--port must be'],
  [['--port'], 'usage: npm start'],
  [['--data', ''], '--data needs a folder'],
  [['--colour'], "Unknown option '--colour'"],
  [['9000'], 'Unexpected argument'],
])('%j is refused with instructions', (given, message) => {
  expect(() => parseStackArguments('start', given)).toThrow(message);
});

test.each([['--port', '9000'], ['--compact']])('only start takes %s', (...given) => {
  expect(() => parseStackArguments('stop', given)).toThrow('Only npm start takes --port and --compact');
});
