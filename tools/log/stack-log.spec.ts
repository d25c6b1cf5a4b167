import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackLog } from './stack-log.ts';

const line = (level: string, msg: string) =>
  `{"level":"${level}","time":"2026-03-01T10:20:30Z","msg":"${msg}"}`;

let folder: string;
let printed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-log-'));
  printed = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open({ inPlace }: { inPlace: boolean }): StackLog {
  return new StackLog(folder, { inPlace, coloured: false, print: (text: string) => void printed.push(text) });
}

test('lines that arrive together are printed together and unchanged where the output is no terminal', async () => {
  const log = open({ inPlace: false });
  log.showEverything();
  const lines = [line('info', 'one'), line('info', 'two')];
  lines.forEach(log.forService('llm'));
  await turn();
  expect(printed).toEqual([lines.join('\n')]);
  log.close();
});

test('a terminal shows lines for people', async () => {
  const log = open({ inPlace: true });
  log.showEverything();
  log.forService('llm')(line('warn', 'no provider'));
  await turn();
  expect(printed.join()).toMatch(/^\d\d:\d\d:\d\d llm +warn +no provider$/);
  log.close();
});

test('until the stack is ready only warnings are shown, and the rest explains a failed start', async () => {
  const log = open({ inPlace: false });
  log.forService('llm')(line('info', 'quiet'));
  log.forService('llm')(line('error', 'loud'));
  await turn();
  expect(printed).toEqual([line('error', 'loud')]);
  expect(log.unseenLines('llm')).toMatch(/llm +info +quiet/);
  log.close();
});

test('nothing is lost when the log closes', () => {
  const log = open({ inPlace: false });
  log.showEverything();
  log.forService('llm')(line('info', 'last'));
  log.close();
  expect(printed).toEqual([line('info', 'last')]);
  expect(readFileSync(join(folder, 'llm.log'), 'utf8')).toBe(`${line('info', 'last')}\n`);
});
