import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { makePdf } from '../testing/pdf.ts';
import { PageReader } from './page-reader.ts';
import { readPdf } from './read-pdf.ts';

const never = new AbortController().signal;
const reader = new PageReader({ scrape: { readTimeoutMs: 20_000, threadsMax: 1, threadMemoryMb: 128 } });

afterAll(() => reader.onModuleDestroy());

function read(bytes: Buffer, over: { pagesMax?: number; charactersMax?: number } = {}) {
  const source = { bytes: new Uint8Array(bytes), pagesMax: 10, charactersMax: 100_000, ...over };
  return reader.readPdf(source, never);
}

describe('a PDF', () => {
  it('is read page by page, in its lines', async () => {
    const pdf = makePdf([['Rivers', 'carry water (and silt).'], ['Gr\xfcn']], { title: 'The Almanac' });
    expect(await read(pdf)).toEqual({
      title: 'The Almanac',
      author: 'Ada',
      text: 'Rivers\ncarry water (and silt).\n\nGrün',
      pagesTotal: 2,
      pagesRead: 2,
    });
  });

  it('is read when it is compressed', async () => {
    const pdf = makePdf([['Hello']], { packed: 2 });
    expect(await read(pdf)).toMatchObject({ title: null, author: null, text: 'Hello' });
  });

  it('is read up to the limits only', async () => {
    const pdf = makePdf(['a', 'b', 'c', 'd'].map((letter) => [letter.repeat(50)]));
    expect(await read(pdf, { pagesMax: 3 })).toMatchObject({ pagesTotal: 4, pagesRead: 3 });
    expect(await read(pdf, { charactersMax: 60 })).toMatchObject({ pagesTotal: 4, pagesRead: 2 });
  });

  it.each([
    ['nothing', Buffer.from('%PDF-1.4\n')],
    ['text', Buffer.from('<!doctype html><p>Sign in</p>')],
    ['half of one', makePdf([['Hello']]).subarray(0, 60)],
  ])('that is %s is refused', async (_what, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'unsupported_media_type',
      message: 'the PDF cannot be read: it is broken',
    });
  });

  it('that is encrypted is refused', async () => {
    const owner = '<'.concat('ab'.repeat(32), '>');
    const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${owner} /U ${owner} /P -4 >> /ID [<00><00>]`;
    await expect(read(makePdf([['Hello']], { trailer: encrypt }))).rejects.toMatchObject({
      message: 'the PDF cannot be read: it is encrypted',
    });
  });

  it('is not read in part where its unpacked data would take too much', async () => {
    const content = randomBytes(2 * 1024 * 1024);
    const source = { pagesMax: 10, charactersMax: 100_000, bufferBytesMax: 0 };
    for (const packed of [1, 2]) {
      const bytes = new Uint8Array(makePdf([[]], { content, packed }));
      expect(await readPdf({ ...source, bytes })).toEqual({ refusal: 'too large' });
    }
  });

  it.each([1, 2])(
    'that is a decompression bomb, packed %i times, does not end the process',
    async (packed) => {
      const content = Buffer.alloc(400 * 1024 * 1024, ' ');
      const bomb = makePdf([[]], { content, packed });
      expect(bomb.length).toBeLessThan(1024 * 1024);
      let peak = 0;
      const before = process.memoryUsage().rss;
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss - before)), 20);
      const outcome = await read(bomb).catch((error: unknown) => error);
      clearInterval(watch);
      expect(outcome).toMatchObject({ message: 'the page is too complex to read' });
      expect(peak).toBeLessThan(400 * 1024 * 1024);
      expect(await read(makePdf([['Hello']], { packed: 1 }))).toMatchObject({ text: 'Hello' });
    },
  );
});
