import { expect, test } from 'vitest';
import { isServerAlarm, renderLogLine } from './log-line.ts';

const time = new Date('2026-03-01T10:20:30').getTime();

test('a pino line becomes time, service, level, message and the rest', () => {
  const line = JSON.stringify({
    level: 30,
    time,
    pid: 7,
    hostname: 'h',
    name: 'auth',
    msg: 'token issued',
    user: 'u_1',
    ms: 12,
  });
  expect(renderLogLine('auth', line)).toEqual({
    level: 30,
    text: '10:20:30 auth          info  token issued user=u_1 ms=12',
  });
});

test('a line of a process of several services is shown under the name of its service', () => {
  const line = JSON.stringify({ level: 30, time, name: 'mcp', msg: 'tool call' });
  expect(renderLogLine('compact', line).text).toBe('10:20:30 mcp           info  tool call');
});

test('a level may be a name', () => {
  const line = JSON.stringify({
    level: 'warn',
    time: new Date(time).toISOString(),
    name: 'llm',
    msg: 'no provider',
  });
  expect(renderLogLine('llm', line)).toEqual({ level: 40, text: '10:20:30 llm           warn  no provider' });
});

test('an error is shown with its stack and its cause, below its message', () => {
  const err = { message: 'no', stack: 'Error: no\n    at here', cause: { message: 'refused' } };
  const { level, text } = renderLogLine(
    'worker',
    JSON.stringify({ level: 50, time, msg: 'run failed', err }),
  );
  expect(level).toBe(50);
  expect(text.split('\n').map((line) => line.trim())).toEqual([
    '10:20:30 worker        error run failed',
    'Error: no',
    'at here',
    'cause:',
    'refused',
  ]);
});

test('values with spaces are quoted, and long ones truncated', () => {
  const line = JSON.stringify({
    level: 40,
    time,
    msg: 'odd',
    path: 'a b',
    list: [1, 2],
    body: 'x'.repeat(1000),
  });
  const { text } = renderLogLine('llm', line);
  expect(text).toContain('path="a b" list=[1,2] body=xxx');
  expect(text.length).toBeLessThan(300);
});

test.each(['Segmentation fault', '{"half":', '[1,2]', ''])(
  'a line that is not a record is shown unchanged: %j',
  (line) => {
    expect(renderLogLine('mcp', line).text.endsWith(` ${line}`)).toBe(true);
  },
);

test('only terminals get colours', () => {
  const line = JSON.stringify({ level: 50, time, msg: 'm' });
  expect(renderLogLine('mcp', line).text).not.toContain('\x1b');
  expect(renderLogLine('mcp', line, { coloured: true }).text).toContain('\x1b[31m');
});

test('of PostgreSQL and NATS only serious errors are shown', () => {
  expect(isServerAlarm('2026 UTC [1] PANIC:  could not write')).toBe(true);
  expect(isServerAlarm('[7] 2026/11/23 [ERR] JetStream out of space')).toBe(true);
  expect(isServerAlarm('2026 UTC [1] FATAL:  the database system is starting up')).toBe(false);
  expect(isServerAlarm('2026 UTC [1] ERROR:  duplicate key')).toBe(false);
});
