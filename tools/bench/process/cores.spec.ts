import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseCores, pinned } from './cores.ts';

it.each([
  ['0-3', [0, 1, 2, 3]],
  ['0,2-3\n', [0, 2, 3]],
  ['5', [5]],
  ['', []],
])('reads the cores of %j', (list, cores) => {
  expect(parseCores(list)).toEqual(cores);
});

it('runs a command on a core', () => {
  expect(pinned(1, ['node', 'x.js'])).toEqual(['taskset', '-c', '1', 'node', 'x.js']);
});

it('runs a command on all cores, also where the bench has moved to one', () => {
  const module = JSON.stringify(join(import.meta.dirname, 'cores.ts'));
  const script = `
    import { execFileSync } from 'node:child_process';
    import { pin, pinned, planCores } from ${module};
    const count = () => { const [file, ...rest] = pinned(null, ['nproc']); return String(execFileSync(file, rest)); };
    const before = count();
    pin(process.pid, planCores().load);
    console.log(before === count());`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(output).toBe('true\n');
});
