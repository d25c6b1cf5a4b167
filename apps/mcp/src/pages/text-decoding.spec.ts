import { describe, expect, it } from 'vitest';
import { decodeText } from './text-decoding.ts';

const latin = Buffer.from([0x67, 0x72, 0xfc, 0x6e]);

describe('decodeText', () => {
  it.each([
    ['UTF-8 without a word', 'text/plain', Buffer.from('grün')],
    ['the old web without a word', 'text/plain', latin],
    ['the content type', 'text/html; charset=ISO-8859-1', latin],
    ['the content type in quotes', 'text/html;Charset="utf-8"', Buffer.from('grün')],
    ['a mark against the content type', 'text/html; charset=iso-8859-1', Buffer.from('\ufeffgrün')],
    ['UTF-16', 'text/plain', Buffer.from('\ufeffgrün', 'utf16le')],
    ['an unknown charset', 'text/plain; charset=klingon', Buffer.from('grün')],
  ])('reads %s', (_what, contentType, body) => {
    expect(decodeText(body, contentType)).toBe('grün');
  });

  it.each([
    '<meta charset="koi8-r">',
    '<meta http-equiv=Content-Type content="text/html; charset=koi8-r">',
    '<?xml version="1.0" encoding="koi8-r"?>',
  ])('reads what %s declares', (declaration) => {
    const body = Buffer.concat([Buffer.from(declaration), Buffer.from([0xf2])]);
    expect(decodeText(body, 'text/html')).toBe(`${declaration}Р`);
  });

  it('ignores declarations in texts that are no markup', () => {
    expect(decodeText(Buffer.from('<meta charset="koi8-r"> grün'), 'text/plain')).toBe(
      '<meta charset="koi8-r"> grün',
    );
  });

  it('reads a declared UTF-16 as UTF-8', () => {
    expect(decodeText(Buffer.from('<meta charset="utf-16">ü'), 'text/html')).toBe('<meta charset="utf-16">ü');
  });

  it('reads Japanese', () => {
    const shiftJis = Buffer.from([0x93, 0xfa, 0x96, 0x7b]);
    expect(decodeText(shiftJis, 'text/html; charset=Shift_JIS')).toBe('日本');
  });
});
