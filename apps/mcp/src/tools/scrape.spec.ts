import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PageReader } from '../pages/page-reader.ts';
import { callTool, failTool } from '../testing/call.ts';
import { makePdf } from '../testing/pdf.ts';
import { egressTo, type FakeWeb, give, startWeb } from '../testing/fake-web.ts';
import { createScrape, type ScrapeOptions } from './scrape.ts';

const prose = `<p>${'Rivers carry water to the sea, and silt, and now and then a boat. '.repeat(5)}</p>`;
const article = `<html><head><title>Rivers</title></head><body><nav>Menu</nav><article><h1>Rivers</h1>${prose}</article></body></html>`;

const options: ScrapeOptions = {
  toolTimeoutMs: 20_000,
  timeoutMs: 2_000,
  pageBytesMax: 8 * 1024 * 1024,
  redirectsMax: 3,
  elementsMax: 20_000,
  pdfPagesMax: 3,
  outputBytesMax: 64 * 1024,
  allowedUrls: [],
};
const readerOptions = { readTimeoutMs: 10_000, threadsMax: 1, threadMemoryMb: 256 };

let web: FakeWeb;
let pages: PageReader;

beforeAll(async () => {
  pages = new PageReader({ scrape: readerOptions });
  web = await startWeb({
    '/article': give('text/html; charset=utf-8', article),
    '/latin': give('text/html; charset=iso-8859-1', Buffer.from('<p>gr\xfcn</p>', 'latin1')),
    '/json': give('application/json', '{"a": [1, 2]}'),
    '/text': give('text/plain', 'a < b\u0000'),
    '/nameless': (_request, reply) => void reply.writeHead(200).end('  <!doctype html><p>untold</p>'),
    '/bytes': (_request, reply) => void reply.writeHead(200).end(Buffer.from([1, 0, 2])),
    '/paper': give('application/pdf', makePdf([['Rivers carry'], ['water.']], { title: 'Rivers' })),
    '/paper.PDF': give('application/octet-stream', makePdf([['Rivers']], { packed: 1 })),
    '/untold-paper': (_request, reply) => void reply.writeHead(200).end(makePdf([['Rivers']])),
    '/long-paper': give('application/pdf', makePdf([['a'], ['b'], ['c'], ['d']])),
    '/scanned': give('application/pdf', makePdf([[]])),
    '/wrong-paper': give('application/pdf', '<p>Sign in</p>'),
    '/zip': give('application/octet-stream', 'PK'),
    '/zip.pdf': give('application/octet-stream', 'PK'),
    '/picture': give('image/png', 'x'),
    '/gone': give('text/html', 'gone', 410),
    '/broken': give('text/html', 'secret stack trace', 500),
    '/moved': (_request, reply) => void reply.writeHead(302, { location: '/article' }).end(),
    '/inside': (_request, reply) =>
      void reply.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    '/loop': (_request, reply) => void reply.writeHead(302, { location: '/loop' }).end(),
    '/bomb': (_request, reply) =>
      void reply
        .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(20_000_000))),
    '/slow': (_request, reply) => void reply.writeHead(200, { 'content-type': 'text/html' }).write('<p>'),
    '/long': give('text/html', `<article>${prose.repeat(500)}</article>`),
    '/hard': give('text/html', `<article>${prose.repeat(9_000)}</article>`),
  });
});

afterAll(async () => {
  await web.close();
  await pages.onModuleDestroy();
});

function scrape(over: Partial<ScrapeOptions> = {}, reader = pages) {
  return createScrape({ ...options, ...over }, egressTo(new URL(web.url).host), reader);
}

describe('scrape', () => {
  it('returns the readable text of a page', async () => {
    const result = await callTool(scrape(), { url: `${web.url}/article` });
    expect(result).toMatchObject({ url: `${web.url}/article`, content_type: 'text/html', title: 'Rivers' });
    expect(result.text).toContain('Rivers carry water');
    expect(result.text).not.toContain('Menu');
    expect(result).not.toHaveProperty('markdown');
  });

  it('reads the operator’s URLs only, and follows no redirect to others', async () => {
    const bound = scrape({ allowedUrls: [`${web.url}/moved`, 'https://example.com/'] });
    expect(await failTool(bound, { url: `${web.url}/json` })).toMatchObject({ code: 'forbidden' });
    expect(await failTool(bound, { url: `${web.url}/moved` })).toMatchObject({
      code: 'forbidden',
      message: 'this URL is not among those that tools may request',
    });
    const article = await callTool(scrape({ allowedUrls: [`${web.url}/article`] }), {
      url: `${web.url}/article`,
    });
    expect(article.title).toBe('Rivers');
  });

  it('returns Markdown on request, and the final URL', async () => {
    const result = await callTool(scrape(), { url: `${web.url}/moved`, include_markdown: true });
    expect(result.url).toBe(`${web.url}/article`);
    expect(result.markdown).toContain('Rivers carry water');
  });

  it.each([
    ['/latin', 'grün'],
    ['/json', '{"a": [1, 2]}'],
    ['/text', 'a < b\ufffd'],
    ['/nameless', 'untold'],
  ])('reads %s', async (path, text) => {
    expect((await callTool(scrape(), { url: web.url + path })).text).toBe(text);
  });

  it.each([
    [
      '/picture',
      'unsupported_media_type',
      'only HTML, PDF, JSON and text can be read; this address gives image/png',
    ],
    [
      '/bytes',
      'unsupported_media_type',
      'only HTML, PDF, JSON and text can be read; this address gives no text',
    ],
    [
      '/zip',
      'unsupported_media_type',
      'only HTML, PDF, JSON and text can be read; this address gives application/octet-stream',
    ],
    [
      '/zip.pdf',
      'unsupported_media_type',
      'only HTML, PDF, JSON and text can be read; this address gives no text',
    ],
    ['/wrong-paper', 'unsupported_media_type', 'the PDF cannot be read: it is broken'],
    ['/gone', 'not_found', 'the page answered with status 410'],
    ['/broken', 'unavailable', 'the page answered with status 500'],
    ['/inside', 'unavailable', 'The server redirects to a URL that may not be requested.'],
    ['/loop', 'unavailable', 'The server redirects more than 3 times.'],
    ['/bomb', 'payload_too_large', 'The answer is larger than 8 MB.'],
  ])('refuses %s with a reason', async (path, code, message) => {
    expect(await failTool(scrape(), { url: web.url + path })).toMatchObject({ code, message });
  });

  it('reads PDFs, by their type, their address or their beginning', async () => {
    expect(await callTool(scrape(), { url: `${web.url}/paper` })).toEqual({
      url: `${web.url}/paper`,
      content_type: 'application/pdf',
      title: 'Rivers',
      byline: 'Ada',
      text: 'Rivers carry\n\nwater.',
      pages: 2,
    });
    for (const path of ['/paper.PDF', '/untold-paper']) {
      expect(await callTool(scrape(), { url: web.url + path })).toMatchObject({ text: 'Rivers', pages: 1 });
    }
  });

  it('reports pages of a PDF that it leaves out', async () => {
    expect(await callTool(scrape(), { url: `${web.url}/long-paper` })).toMatchObject({
      text: 'a\n\nb\n\nc',
      pages: 4,
      note: 'The document is longer: only the beginning of its 4 pages is given.',
    });
    expect(await callTool(scrape(), { url: `${web.url}/scanned` })).toMatchObject({
      text: '',
      note: 'The document has no text: its pages are pictures.',
    });
  });

  it('stops at its timeout', async () => {
    const error = await failTool(scrape({ timeoutMs: 100 }), { url: `${web.url}/slow` });
    expect(error.message).toBe('The server did not answer within 0.1 s.');
  });

  it('does not reach private addresses', async () => {
    const error = await failTool(scrape(), { url: 'http://127.0.0.1:1/' });
    expect(error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('public host') as string,
    });
  });

  it('returns a long page within the limit of an output, as valid JSON', async () => {
    const outputBytesMax = 32 * 1024;
    const tool = scrape({ outputBytesMax });
    const result = await callTool(tool, { url: `${web.url}/long`, include_markdown: true });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(outputBytesMax);
    expect(result.note).toMatch(/^The page is longer: only the beginning of its \d+ characters is given\.$/);
    expect(result.text).toContain('Rivers');
    expect(result.markdown).toContain('Rivers');
  });

  it('gives up on a page that takes too long to read', async () => {
    const hasty = new PageReader({ scrape: { ...readerOptions, readTimeoutMs: 1 } });
    const error = await failTool(scrape({}, hasty), { url: `${web.url}/article` });
    await hasty.onModuleDestroy();
    expect(error).toMatchObject({ code: 'unavailable', message: 'the page is too complex to read' });
  });

  it('stops reading when its caller aborts, and reads the next page', async () => {
    const signal = AbortSignal.timeout(200);
    const outcome = failTool(scrape(), { url: `${web.url}/hard`, include_markdown: true }, signal);
    expect((await outcome).code).toBe('cancelled');
    expect((await callTool(scrape(), { url: `${web.url}/article` })).title).toBe('Rivers');
  });

  it('ends when its caller aborts', async () => {
    const aborter = new AbortController();
    const outcome = failTool(scrape(), { url: `${web.url}/slow` }, aborter.signal);
    setTimeout(() => aborter.abort(), 50);
    expect((await outcome).code).toBe('cancelled');
  });
});
