import { afterAll, describe, expect, it } from 'vitest';
import { makeArchive, makeDocx, makePptx, makeXlsx } from '../testing/office.ts';
import { makePdf } from '../testing/pdf.ts';
import { DocumentReader } from './document-reader.ts';

const never = new AbortController().signal;
const limits = { threadsMax: 1, charactersMax: 6_000, pagesMax: 3 };
const reader = new DocumentReader({
  documents: { ...limits, readTimeoutMs: 20_000, threadMemoryMb: 128 },
});
afterAll(() => reader.onModuleDestroy());

function read(content: Buffer | string, filename = 'file', mimeType = 'application/octet-stream') {
  return reader.read({ bytes: new Uint8Array(Buffer.from(content)), filename, mimeType }, never);
}

/** Text beyond the edge of a page is not read: 40 lines with about 80 characters each remain. */
const fullPage = Array.from({ length: 40 }, () => 'a'.repeat(80));

describe('a document', () => {
  it.each<[string, Buffer | string, string, string]>([
    ['PDF', makePdf([['Rivers', 'carry water.'], ['Lakes']]), 'a.pdf', 'Rivers\ncarry water.\n\nLakes'],
    [
      'Word',
      makeDocx(['Rivers & lakes', 'carry water.'], [['Nile', '6650']]),
      'a.docx',
      'Rivers & lakes\n\ncarry water.\n\n| Nile | 6650 |\n| --- | --- |',
    ],
    [
      'PowerPoint',
      makePptx([{ lines: ['First', 'Rivers'], notes: 'Say hello.' }, { lines: ['Second'] }]),
      'a.pptx',
      'Slide 1\nFirst\nRivers\n\nSay hello.\n\nSlide 2\nSecond',
    ],
    [
      'Excel',
      makeXlsx(
        '<row><c t="s"><v>0</v></c><c><v>3.5</v></c><c s="1"><v>45000</v></c></row><row/><row><c t="inlineStr"><is><t>Milk</t></is></c><c t="b"><v>1</v></c></row>',
        ['Tea'],
      ),
      'a.xlsx',
      'Prices\nTea\t3.5\t2023-03-15\nMilk\tTRUE',
    ],
    [
      'HTML',
      '<title>x</title><h1>Rivers</h1><script>no()</script><p>carry water',
      'a.html',
      'x\n\nRivers\n\ncarry water',
    ],
    ['HTML without a name', '<!doctype html><p>Rivers', 'a', 'Rivers'],
    ['Markdown', '# Rivers\n\n<b>carry</b> water', 'a.md', '# Rivers\n\n<b>carry</b> water'],
    ['CSV', 'river,km\nNile,6650', 'a.csv', 'river,km\nNile,6650'],
    ['JSON', '{"river":"Nile"}', 'a.json', '{"river":"Nile"}'],
    ['code', 'if (a < b) {\n  return;\n}', 'a.ts', 'if (a < b) {\n  return;\n}'],
    ['UTF-16', Buffer.from('\ufeffGrün', 'utf16le'), 'a.txt', 'Grün'],
    ['Latin-1', Buffer.from('Gr\xfcn', 'latin1'), 'a.txt', 'Grün'],
  ])('in %s has its text', async (_format, content, filename, text) => {
    const found = await read(content, filename);
    if (!('text' in found)) throw new Error(found.message);
    expect(found.text.replaceAll('\t\n', '\n').trim()).toBe(text);
  });

  it.each<[string, Buffer | string, string, string]>([
    [
      'a picture',
      Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
      'unsupported',
      'It can be PDF, Word',
    ],
    ['an archive', makeArchive({ 'a.xml': '<a/>' }), 'unsupported', 'is an archive'],
    [
      'an encrypted Office document',
      Buffer.from('d0cf11e0a1b11ae100', 'hex'),
      'unsupported',
      'without a password',
    ],
    [
      'an encrypted PDF',
      makePdf([['Hello']], {
        trailer: `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${'ab'.repeat(32)}> /U <${'ab'.repeat(32)}> /P -4 >> /ID [<00><00>]`,
      }),
      'invalid',
      'The PDF is encrypted',
    ],
    ['a broken PDF', '%PDF-1.4\n', 'invalid', 'it is broken'],
    ['half of a Word document', makeDocx(['Hello']).subarray(0, 200), 'invalid', 'broken Office document'],
    [
      'a Word document that is no XML',
      makeArchive({ 'word/document.xml': 'no' }),
      'invalid',
      'broken Office',
    ],
    ['white space', ' \n ', 'invalid', 'has no text'],
    ['a PDF without text', makePdf([[]]), 'invalid', 'has no text'],
    ['a long text', 'word '.repeat(5_000), 'invalid', 'more than the 6000 characters'],
    ['a PDF of many pages', makePdf([['a'], ['b'], ['c'], ['d']]), 'invalid', 'at most 3 are allowed'],
    [
      'a long PDF',
      makePdf([...Array.from({ length: 3 }, () => fullPage), ['d']]),
      'invalid',
      'more than the 6000 characters',
    ],
  ])('that is %s is refused with what to do', async (_what, content, refusal, message) => {
    expect(await read(content)).toEqual({ refusal, message: expect.stringContaining(message) as string });
  });
});

describe('a hostile document', () => {
  const zeros = Buffer.alloc(10 * 1024 * 1024, ' ');
  /** States a small size for an entry that unpacks to much more. */
  const lying = () => {
    const archive = makeArchive({ 'word/document.xml': zeros });
    const size = Buffer.alloc(4);
    size.writeUInt32LE(zeros.length);
    for (let at = archive.indexOf(size); at !== -1; at = archive.indexOf(size, at))
      archive.writeUInt32LE(100, at);
    return archive;
  };
  const entities = Array.from({ length: 12 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`);
  const laughs = `<!DOCTYPE a [<!ENTITY e0 "ha">${entities.join('')}]>`;

  it.each<[string, () => Buffer, string]>([
    ['that unpacks to 10 MB', () => makeArchive({ 'word/document.xml': zeros }), 'unpacks to more'],
    [
      'of many entries that do',
      () => {
        const part = zeros.subarray(0, 1024 * 1024);
        return makeArchive(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`xl/a${i}.xml`, part])));
      },
      'unpacks to more',
    ],
    ['that lies about its size', lying, 'broken Office document'],
    ['with a far cell', () => makeXlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), ''],
    [
      'with entities of entities',
      () =>
        makeArchive({
          'xl/workbook.xml': `${laughs}<workbook><sheets><sheet name="&e12;" r:id="r"/></sheets></workbook>`,
        }),
      'has no text',
    ],
    ['of deep elements', () => makeDocx([], [], '<w:p>'.repeat(100_000)), 'broken'],
    ['of very deep HTML', () => Buffer.from(`<html>${'<div>'.repeat(5_000)}x`), ''],
  ])('%s is refused, and the next one is read', async (_what, make, message) => {
    const found = await read(make());
    if (message !== '') expect(found).toMatchObject({ message: expect.stringContaining(message) as string });
    expect(await read('Hello')).toEqual({ text: 'Hello' });
  });

  it('that takes too much memory is refused, and the next one is read', async () => {
    const small = new DocumentReader({ documents: { ...limits, readTimeoutMs: 20_000, threadMemoryMb: 48 } });
    const paragraph = '<w:p><w:r><w:t>a</w:t></w:r></w:p>';
    const readSmall = (content: Buffer) =>
      small.read({ bytes: new Uint8Array(content), filename: 'a', mimeType: '' }, never);
    expect(await readSmall(makeDocx([], [], paragraph.repeat(70_000)))).toMatchObject({
      message: expect.stringContaining('too complex') as string,
    });
    expect(await readSmall(Buffer.from('Hello'))).toEqual({ text: 'Hello' });
    await small.onModuleDestroy();
  });

  it('that takes too long is refused, and the next one is read', async () => {
    const hasty = new DocumentReader({ documents: { ...limits, readTimeoutMs: 1, threadMemoryMb: 512 } });
    const bytes = new Uint8Array(makeDocx(['Hello']));
    expect(await hasty.read({ bytes, filename: 'a', mimeType: '' }, never)).toMatchObject({
      message: expect.stringContaining('too complex') as string,
    });
    await hasty.onModuleDestroy();
  });
});
