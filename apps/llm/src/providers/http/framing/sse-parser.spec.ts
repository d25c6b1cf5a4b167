import { describe, expect, it } from 'vitest';
import { SseParser } from './sse-parser.ts';

function read(...pieces: string[]): string[] {
  const parser = new SseParser();
  const found: string[] = [];
  for (const piece of pieces) parser.push(piece, (data) => found.push(data));
  parser.end((data) => found.push(data));
  return found;
}

function readKinds(body: string): [string, string][] {
  const parser = new SseParser();
  const found: [string, string][] = [];
  parser.push(body, (text, kind) => found.push([kind, text]));
  return found;
}

describe('SseParser', () => {
  it('reads events at any cuts', () => {
    const body = ': hello\n\ndata: {"a":1}\n\nevent: x\nid: 7\ndata:{"b":2}\r\n\r\ndata: [DONE]\n\n';
    const whole = ['{"a":1}', '{"b":2}', '[DONE]'];
    expect(read(body)).toEqual(whole);
    expect(read(...body)).toEqual(whole);
  });

  it('reads a last line without an end', () => {
    expect(read('data: 1\n\ndata: 2')).toEqual(['1', '2']);
  });

  it('recognises errors by their line and by the name of their event', () => {
    expect(readKinds('error: {"code":500}\n\n')).toEqual([['error', '{"code":500}']]);
    expect(readKinds('event: error\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n')).toEqual([
      ['error', '1'],
      ['data', '2'],
    ]);
  });

  it('skips empty lines', () => {
    expect(read('data:\n\ndata: \n\n\n')).toEqual([]);
  });
});
