import type { HostedToolOf, WebSearchOptions } from '@antiphon/contracts';
import { createLogger } from '@antiphon/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import type { ToolOutput } from '../../host/tool.ts';
import { PageReader } from '../../pages/page-reader.ts';
import type { FoundPage, SearchQuery } from '../../search/search-engine.ts';
import { WebSearch } from '../../search/web-search.ts';
import { testUser } from '../../testing/call.ts';
import { requiredEnvironment } from '../../testing/environment.ts';
import { egressTo, type FakeWeb, give, startWeb } from '../../testing/fake-web.ts';
import { WebSearchRunner } from './web-search-runner.ts';

const config = loadConfig(requiredEnvironment);
const queries: SearchQuery[] = [];
let found: FoundPage[] = [];
const engine = {
  name: 'fake',
  search: async (query: SearchQuery) => {
    queries.push(query);
    return found;
  },
};
const noCache = { circuit: { failuresMax: 1, restMs: 1 }, cache: { ttlMs: 0, bytesMax: 1 }, now: Date.now };

let web: FakeWeb;
let pages: PageReader;
beforeAll(async () => {
  pages = new PageReader(config);
  web = await startWeb({
    '/rivers': give('text/plain', `${'The Nile is long. '.repeat(800)}Its delta is green.`),
  });
});
afterAll(async () => {
  await pages.onModuleDestroy();
  await web.close();
});

function toolWith(options: Partial<WebSearchOptions> = {}): HostedToolOf<'web_search'> {
  const plain = { allowedDomains: [], blockedDomains: [], location: null, contextSize: 'low' as const };
  return { kind: 'web_search', options: { ...plain, opensPages: true, ...options }, declared: {} };
}

/** Calls a function of the tool. */
async function call(
  name: string,
  args: unknown,
  options: Partial<WebSearchOptions> = {},
): Promise<ToolOutput> {
  const engines = new WebSearch({ ...noCache, engines: [engine] }, createLogger('mcp', 'silent'));
  const runner = new WebSearchRunner(config, engines, egressTo('127.0.0.1'), pages);
  const tool = runner.functions(toolWith(options)).find(({ offer }) => offer.name === name);
  if (!tool) throw new Error(`there is no function ${name}`);
  const context = { caller: testUser, idempotencyKey: 'resp_1:0:0' };
  const output = await tool.run(args, context, new AbortController().signal);
  if (typeof output === 'string') throw new Error('the output has no detail');
  return output;
}

const page = (name: string, host = 'a.example'): FoundPage => ({
  title: name,
  url: `https://${host}/${name}`,
  snippet: `About ${name}.`,
});

describe('web search', () => {
  it('gives each result a mark, and the detail for the item', async () => {
    found = [page('one'), page('one'), page('two', 'b.example')];
    const { text, sources, detail } = await call('web_search', { queries: ['x'] });
    expect(sources).toEqual([
      {
        mark: expect.stringMatching(/^[a-z0-9]{4}-1$/) as string,
        source: { url: 'https://a.example/one', title: 'one' },
      },
      {
        mark: expect.stringMatching(/^[a-z0-9]{4}-2$/) as string,
        source: { url: 'https://b.example/two', title: 'two' },
      },
    ]);
    expect(text).toContain(`【${sources?.[0]?.mark}】 one\nhttps://a.example/one\nAbout one.`);
    expect(text).toMatch(/Cite the sources that you use/);
    expect(detail).toEqual({
      kind: 'web_search',
      action: { type: 'search', queries: ['x'], results: [page('one'), page('two', 'b.example')] },
    });
  });

  it('keeps to the domains, searches from the place of the user, and shares the context among the queries', async () => {
    queries.length = 0;
    found = [page('one'), page('two', 'b.example'), page('three', 'c.a.example')];
    const location = { city: 'Berlin', region: null, country: 'DE', timezone: null };
    const domains = { allowedDomains: ['https://a.example/'], blockedDomains: ['c.a.example'] };
    const { detail } = await call('web_search', { queries: ['x', 'y'] }, { ...domains, location });
    expect(detail).toMatchObject({ action: { results: [page('one')] } });
    expect(queries).toMatchObject([
      { text: 'x', domains: ['a.example'], country: 'de', location: 'Berlin', resultsMax: 3 },
      { text: 'y' },
    ]);
    const refused = call('web_search_open_page', { url: 'https://b.example/two' }, domains);
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('gives long pages in parts', async () => {
    const url = `${web.url}/rivers`;
    const first = await call('web_search_open_page', { url });
    expect(first.text).toContain('[The page is longer: open it again from character 8000.]');
    expect(first).toMatchObject({
      sources: [{ source: { url } }],
      detail: { action: { type: 'open_page', url } },
    });
    const rest = await call('web_search_open_page', { url, from: 8_000 });
    expect(rest.text).toContain('Its delta is green.');
  });

  it('finds a text in a page, in any case', async () => {
    const url = `${web.url}/rivers`;
    const { text } = await call('web_search_find_in_page', { url, pattern: 'DELTA' });
    expect(text).toMatch(/…[^…]+Its delta is green\.…/);
    const { text: none } = await call('web_search_find_in_page', { url, pattern: 'desert' });
    expect(none).toContain('The page does not have this text.');
  });

  it('opens no pages where the request allows no access to the web beside searches', async () => {
    await expect(call('web_search_open_page', { url: 'x' }, { opensPages: false })).rejects.toThrow(
      'no function',
    );
  });
});
