import { bodyLimits } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { readJson } from './read-json.ts';

const read = (text: string) => readJson(Buffer.from(text), { limits: bodyLimits });

describe('readJson', () => {
  it('reads valid JSON with any escapes', () => {
    expect(read('{"a":[1,"\\u00e9","😀","\\ud83d\\ude00","[[["]}')).toEqual({
      a: [1, 'é', '😀', '😀', '[[['],
    });
    expect(read('')).toBeUndefined();
  });

  it.each([
    ['not JSON', '{"a":'],
    ['nesting that would overflow further down', '['.repeat(101) + ']'.repeat(101)],
    ['nesting of 200,000 levels', '{"a":'.repeat(200_000)],
    ['a NUL character', '{"a":["b\\u0000"]}'],
    ['a NUL character in a key', '{"a\\u0000":1}'],
    ['half of a surrogate pair', '{"a":{"b":"\\ud83d"}}'],
    ['a __proto__ key', '{"a":{"__proto__":{"admin":true}}}'],
    ['a __proto__ key in disguise', '{"a":{"\\u005f_proto__":{"admin":true}}}'],
  ])('refuses %s', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('allows 100 levels, and any number of braces inside texts', () => {
    expect(read('['.repeat(100) + ']'.repeat(100))).toBeDefined();
    expect(read(`"${'{['.repeat(5_000)}\\""`)).toContain('{[');
  });

  it.each([
    ['include', '{"include":[7,{"deep":["fine","a\\u0000b"]}]}', 'include[1].deep[1]'],
    ['a surrogate', '{"input":[{"content":"\\udc00"}]}', 'input[0].content'],
    ['a key', '{"metadata":{"a\\ud800":1}}', 'metadata'],
  ])('names the place of a text that cannot be stored: %s', (_what, text, place) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ param: place, message: expect.stringContaining(place) as string }),
    );
  });

  it('makes texts storable in the objects that its caller selects, and only there', () => {
    const mendsTextOf = ({ type }: Readonly<Record<string, unknown>>) => type === 'output';
    const body = '[{"type":"output","output":[{"text":"a\\u0000b\\ud83dc"}]},"\\ud83d\\ude00"]';
    expect(readJson(Buffer.from(body), { limits: bodyLimits, mendsTextOf })).toEqual([
      { type: 'output', output: [{ text: 'a�b�c' }] },
      '😀',
    ]);
    const beside = '[{"type":"output","output":"\\u0000"},{"type":"input","text":"\\u0000"}]';
    expect(() => readJson(Buffer.from(beside), { limits: bodyLimits, mendsTextOf })).toThrow(
      expect.objectContaining({ param: '[1].text' }),
    );
  });
});

describe('the limits of a body', () => {
  const repeated = (text: string, count: number) => Array.from({ length: count }, () => text).join(',');
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',');

  it.each([
    ['entries of an array', `{"include":[${repeated('"a"', 20_001)}]}`, 'more than 20000 entries'],
    ['keys of an object', `{"input":"x",${keys(4_096)}}`, 'more than 4096 keys'],
    ['keys of an object within', `{"metadata":{${keys(4_097)}}}`, 'more than 4096 keys'],
    ['a key’s length', `{"${'k'.repeat(1_025)}":1}`, 'key of more than 1024 bytes'],
    ['a key’s length, not the first', `{"a":"b","${'k'.repeat(1_025)}":1}`, 'key of more than 1024 bytes'],
    ['values in all', `[${repeated(`[${repeated('1', 1_000)}]`, 400)}]`, 'more than 400000 values'],
    ['objects', `[${repeated(`[${repeated('{}', 1_000)}]`, 150)}]`, 'more than 150000 strings, objects'],
    ['strings', `[${repeated(`[${repeated('"a"', 1_000)}]`, 150)}]`, 'more than 150000 strings, objects'],
  ])('refuses %s beyond them', (_what, text, complaint) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining(complaint) as string,
      }),
    );
  });

  it.each([
    ['entries and keys at the limit', `{"a":[${repeated('"a"', 20_000)}],"b":{${keys(4_096)}}}`],
    ['an image that fills the body', `{"image_url":"data:image/png;base64,${'A'.repeat(8_000_000)}"}`],
    ['300,000 tokens', `{"input":[${repeated(`[${repeated('1234', 8_000)}]`, 37)}]}`],
    ['separators and braces in texts', `["${',:{}[]'.repeat(300_000)}","\\"${','.repeat(300_000)}"]`],
    ['a long text under a key', `{"a":"${'x'.repeat(5_000)}","b":["${'x'.repeat(5_000)}"]}`],
    [
      '5,000 items of a conversation',
      `[${repeated('{"type":"message","role":"user","status":"completed","content":[{"type":"input_text","text":"x","annotations":[]}]}', 5_000)}]`,
    ],
  ])('allows %s', (_what, text) => {
    expect(read(text)).toBeDefined();
  });

  it.each(['{', '"', '\\', ',', '[],', '{"a":1},'])('is found in 8 MB of %j', (text) => {
    expect(() => read(`[${text.repeat(Math.floor(8_000_000 / text.length))}`)).toThrow();
  });
});
