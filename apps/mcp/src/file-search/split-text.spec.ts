import { describe, expect, it } from 'vitest';
import { splitText } from './split-text.ts';

const sentences = Array.from({ length: 60 }, (_, number) => `This is sentence number ${number}.`);

describe('splitText', () => {
  it('leaves a short text whole', () => {
    expect(splitText(' Hello.\n', { pieceMax: 100, overlapMax: 20 })).toEqual(['Hello.']);
    expect(splitText(' \n\t ', { pieceMax: 100, overlapMax: 20 })).toEqual([]);
  });

  it('cuts after paragraphs where there are any', () => {
    const paragraphs = ['a', 'b', 'c'].map((letter) => `${letter.repeat(30)}. ${letter.repeat(30)}.`);
    expect(splitText(paragraphs.join('\n\n'), { pieceMax: 80, overlapMax: 0 })).toEqual(paragraphs);
  });

  it('cuts after sentences, and begins the next piece with the end of the last', () => {
    const pieces = splitText(sentences.join(' '), { pieceMax: 200, overlapMax: 60 });
    for (const [place, piece] of pieces.entries()) {
      expect(piece).toMatch(/^This is sentence .*\d\.$/);
      expect(piece.length).toBeLessThanOrEqual(200);
      const next = pieces[place + 1];
      if (next !== undefined) expect(piece).toContain(next.slice(0, next.indexOf('.') + 1));
    }
    for (const sentence of sentences) expect(pieces.some((piece) => piece.includes(sentence))).toBe(true);
  });

  it('cuts Chinese after its sentences too', () => {
    const pieces = splitText('我喜欢在春天去公园散步。'.repeat(10), { pieceMax: 50, overlapMax: 0 });
    expect(pieces.every((piece) => piece.endsWith('。'))).toBe(true);
  });

  it('cuts a word that is too long, and no character', () => {
    const pieces = splitText('😀'.repeat(100), { pieceMax: 31, overlapMax: 0 });
    expect(pieces.join('')).toBe('😀'.repeat(100));
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });

  it.each([
    [3, 1],
    [2, 1],
    [10, 9],
    [100, 50],
  ])('comes to an end with pieces of %i and overlaps of %i, and loses nothing', (pieceMax, overlapMax) => {
    // No character comes twice, so each piece has one place.
    const text = Array.from(
      { length: 400 },
      (_, place) => between(place) + String.fromCodePoint(0x4e00 + place),
    ).join('');
    const pieces = splitText(text, { pieceMax, overlapMax });
    let seen = 0;
    for (const piece of pieces) {
      const found = text.indexOf(piece);
      expect(found).toBeGreaterThan(-1);
      expect(text.slice(seen, Math.max(seen, found)).trim()).toBe('');
      seen = Math.max(seen, found + piece.length);
    }
    expect(text.slice(seen).trim()).toBe('');
  });
});

/** Words of three letters, sentences of four words, paragraphs of five sentences. */
function between(place: number): string {
  if (place % 60 === 0) return '.\n\n';
  if (place % 12 === 0) return '. ';
  return place % 3 === 0 ? ' ' : '';
}
