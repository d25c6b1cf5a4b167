import { describe, expect, it } from 'vitest';
import { beginningAsJson, boundedOutput, jsonOutput } from './tool-output.ts';

describe('boundedOutput', () => {
  it('returns a short text unchanged', () => {
    expect(boundedOutput('grün 🌱', 100)).toBe('grün 🌱');
  });

  it('replaces characters that PostgreSQL cannot store', () => {
    expect(boundedOutput('a\u0000b\ud800c\udc00', 100)).toBe('a\ufffdb\ufffdc\ufffd');
  });

  it('cuts between characters and adds a note', () => {
    const output = boundedOutput('🌱'.repeat(1000), 1001);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(1001);
    expect(output).toMatch(/^(🌱)+\n\[The output was cut: it has 4000 bytes, at most 1001 are given\.\]$/u);
  });
});

describe('jsonOutput', () => {
  it.each([
    ['a\u0000b', 'a\ufffdb'],
    ['\ud800 and \udfff', '\ufffd and \ufffd'],
    ['🌱', '🌱'],
    ['written as \\u0000', 'written as \\u0000'],
    ['\\\u0000', '\\\ufffd'],
    ['\\\\u0000', '\\\\u0000'],
    ['tab\tand\u0001', 'tab\tand\u0001'],
  ])('%j is read as %j', (text, expected) => {
    expect(JSON.parse(jsonOutput({ text }))).toEqual({ text: expected });
  });

  it('cleans keys too', () => {
    expect(JSON.parse(jsonOutput({ 'a\u0000': 1 }))).toEqual({ 'a\ufffd': 1 });
  });
});

describe('beginningAsJson', () => {
  it.each(['plain', '"\n\\'.repeat(100), '🌱'.repeat(100), '\u0001'.repeat(100)])('fits %j', (text) => {
    for (const bytesMax of [2, 3, 10, 57, 10_000]) {
      const beginning = beginningAsJson(text, bytesMax);
      expect(text.startsWith(beginning)).toBe(true);
      expect(beginning.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(beginning))).toBeLessThanOrEqual(bytesMax);
    }
    expect(beginningAsJson(text, 10_000)).toBe(text);
  });

  it('keeps as much as fits', () => {
    expect(beginningAsJson('x'.repeat(100), 52)).toHaveLength(50);
  });
});
