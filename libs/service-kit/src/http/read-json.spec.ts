import { describe, expect, it } from 'vitest';
import { readJson } from './read-json.ts';

const read = (text: string) => readJson(Buffer.from(text), 100);

describe('readJson', () => {
  it('reads what is plain, however it is escaped', () => {
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

  it('allows 100 levels, and braces inside texts without end', () => {
    expect(read('['.repeat(100) + ']'.repeat(100))).toBeDefined();
    expect(read(`"${'{['.repeat(5_000)}\\""`)).toContain('{[');
  });
});
