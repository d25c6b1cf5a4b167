import { describe, expect, it } from 'vitest';
import { readPage } from './read-page.ts';

const paragraph =
  'A sentence that is long enough to be prose, with commas, and a clause that goes on for a while. ';

function article(body: string) {
  return `<!doctype html><html lang="en"><head><title>Rivers - The Almanac</title>
    <meta property="og:site_name" content="The Almanac"><meta name="author" content="Ada Lovelace">
    <meta property="article:published_time" content="2026-01-02"></head>
    <body><nav><ul><li><a href="/">Home</a><li><a href="/shop">Shop</a></ul></nav>
    <article><h1>Rivers</h1>${body}${`<p>${paragraph}</p>`.repeat(8)}</article>
    <script>track("you")</script><style>p{color:red}</style><footer>Imprint</footer></body></html>`;
}

function read(html: string, over: { wantsMarkdown?: boolean; url?: string } = {}) {
  return readPage({
    html,
    url: 'https://example.com/deep/page',
    wantsMarkdown: true,
    elementsMax: 20_000,
    ...over,
  });
}

describe('readPage', () => {
  it('finds the article and its author', () => {
    const page = read(article(''));
    expect(page).toMatchObject({
      title: 'Rivers - The Almanac',
      byline: 'Ada Lovelace',
      siteName: 'The Almanac',
      publishedTime: '2026-01-02',
      language: 'en',
    });
    expect(page.text).toContain(paragraph.trim());
    expect(page.text).not.toMatch(/Shop|Imprint|track|color:red/);
  });

  it('keeps the lines of the page', () => {
    const { text } = read('<p>one</p><p>two<br>three</p><ul><li>four</li><li>five</li></ul>');
    expect(text).toBe('one\n\ntwo\nthree\n\n * four\n * five');
  });

  it('writes Markdown with absolute URLs', () => {
    const { markdown } = read(
      article(`<p>See <a href="../map?a=1">the map</a> and <b>bold</b> <code>code</code>. ${paragraph}</p>
        <h2>Lengths</h2><table><thead><tr><th>River</th><th>km</th></tr></thead>
        <tbody><tr><td>Nile</td><td>6650</td></tr><tr><td>a|b</td><td><p>two</p><p>lines</p></td></tr></tbody></table>
        <img src="/nile.jpg" alt="Nile"><img src="data:image/png;base64,AAAA" alt="inline">`),
    );
    expect(markdown).toContain('[the map](https://example.com/map?a=1) and **bold** `code`');
    expect(markdown).toContain('## Lengths');
    expect(markdown).toContain('| River | km |\n| --- | --- |\n| Nile | 6650 |\n| a\\|b | two lines |');
    expect(markdown).toContain('![Nile](https://example.com/nile.jpg)');
    expect(markdown).not.toContain('base64');
  });

  it('follows a base element', () => {
    const { markdown } = read('<base href="/other/"><p><a href="x">link</a></p>');
    expect(markdown).toBe('[link](https://example.com/other/x)');
  });

  it('returns a page without an article as a whole', () => {
    const { title, text } = read(
      '<title>News</title><ul><li><a href="/1">First story</a><li><a href="/2">Second story</a></ul>',
    );
    expect([title, text]).toEqual(['News', '* First story\n * Second story']);
  });

  it.each([
    ['nothing', '', ''],
    ['text', 'just text', 'just text'],
    ['what was never closed', '<div>a<p>b<table><tr><td>c<td>d', 'a\n\nb\n\nc\td'],
    ['misnested markup', '<b><p>a</b>b</p>', 'ab'],
    ['entities', '<p>&lt;p&gt; &amp;amp; &eacute;&#x1F331;', '<p> &amp; é🌱'],
    ['frames', '<frameset><frame src="a"></frameset>', ''],
    ['a script that closes itself', '<script>"</p>"</script>x', 'x'],
  ])('reads %s as a browser does', (_what, html, text) => {
    expect(read(html).text).toBe(text);
  });

  it.each([
    ['many elements', `<title>Big</title>${'<p>word</p>'.repeat(30_000)}`],
    ['a long table', `<title>Big</title><table>${'<tr><td>word</td></tr>'.repeat(15_000)}</table>`],
    ['deep nesting', `<title>Big</title>${'<div>'.repeat(20_000)}word`],
  ])('returns the text of %s in little time', (what, html) => {
    const startedAt = performance.now();
    const page = read(html);
    expect(page.title).toBe('Big');
    if (what !== 'deep nesting') expect(page.text).toContain('word');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
