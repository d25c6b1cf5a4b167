import { createLogger } from '@antiphon/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { createEngines } from '../search/create-engines.ts';
import { type Answer, type FakeWeb, give, startWeb } from '../testing/fake-web.ts';
import { callTool, failTool } from '../testing/call.ts';
import { createGoogleSearch } from './google-search.ts';

const now = () => new Date('2026-11-23T00:00:00Z');
const webs: FakeWeb[] = [];

afterEach(async () => {
  for (const web of webs.splice(0)) await web.close();
});

const organic = [
  { title: 'Rivers', link: 'https://en.wikipedia.org/wiki/River', snippet: 'A river is …', position: 1 },
  { title: 'Rivers again', link: 'https://en.wikipedia.org/wiki/River', snippet: 'twice' },
  { title: 'Script', link: 'javascript:alert(1)' },
  { title: 'No link' },
  { title: 'Evil', link: 'https://notwikipedia.org/', snippet: null },
  { title: 'Nile', link: 'https://www.example.com/nile' },
];

const serperAnswer = give('application/json', JSON.stringify({ searchParameters: {}, organic }));
const searxngAnswer = give(
  'application/json',
  JSON.stringify({
    query: 'x',
    results: [{ title: 'Found', url: 'https://a.example/', content: null, engine: 'bing' }],
  }),
);

async function search(answers: { serper?: Answer; searxng?: Answer }, env: Record<string, string> = {}) {
  const serper = await startWeb(answers.serper ? { '/search': answers.serper } : {});
  const searxng = await startWeb(answers.searxng ? { '/sub/search': answers.searxng } : {});
  webs.push(serper, searxng);
  const config = loadConfig({
    ...(answers.serper && { SERPER_URL: serper.url, SERPER_API_KEY: 'key-1' }),
    ...(answers.searxng && { SEARXNG_URL: `${searxng.url}/sub` }),
    ...env,
  });
  const tool = createGoogleSearch(
    { timeoutMs: 5_000, engines: createEngines(config), now },
    createLogger('mcp', 'silent'),
  );
  return { tool, serper, searxng };
}

describe('google_search', () => {
  it('gives what Serper finds, pages only and each once', async () => {
    const { tool, serper } = await search({ serper: serperAnswer, searxng: searxngAnswer });
    const result = await callTool(tool, {
      q: ' rivers ',
      gl: 'DE',
      hl: 'en',
      num: 2,
      page: 2,
      tbs: 'qdr:w',
      location_hint: 'Cairo',
    });
    expect(result).toEqual({
      query: 'rivers',
      engine: 'serper',
      results: [
        {
          position: 1,
          title: 'Rivers',
          source_url: 'https://en.wikipedia.org/wiki/River',
          snippet: 'A river is …',
          fetched_at: '2026-11-23T00:00:00.000Z',
        },
        {
          position: 2,
          title: 'Nile',
          source_url: 'https://www.example.com/nile',
          snippet: '',
          fetched_at: '2026-11-23T00:00:00.000Z',
        },
      ],
      citations: ['https://en.wikipedia.org/wiki/River', 'https://www.example.com/nile'],
    });
    expect(serper.requests[0]).toMatchObject({ method: 'POST', headers: { 'x-api-key': 'key-1' } });
    expect(JSON.parse(serper.requests[0]?.body ?? '')).toEqual({
      q: 'rivers',
      gl: 'de',
      hl: 'en',
      location: 'Cairo',
      num: 2,
      tbs: 'qdr:w',
      page: 2,
      autocorrect: true,
    });
  });

  it('keeps to the domains it is given, however they are written', async () => {
    const { tool, serper } = await search({ serper: serperAnswer });
    const result = await callTool(tool, {
      q: 'rivers',
      domain_allow_list: ['https://www.Wikipedia.org/wiki', '*.example.org'],
    });
    expect(result.citations).toEqual(['https://en.wikipedia.org/wiki/River']);
    expect(JSON.parse(serper.requests[0]?.body ?? '')).toMatchObject({
      q: 'rivers (site:wikipedia.org OR site:example.org)',
    });
  });

  it('asks SearXNG in its own words', async () => {
    const { tool, searxng } = await search({ searxng: searxngAnswer });
    const result = await callTool(tool, {
      q: 'grüne flüsse',
      hl: 'de',
      gl: 'at',
      tbs: 'qdr:m',
      location: 'Wien',
      page: 3,
    });
    expect(result).toMatchObject({ engine: 'searxng', citations: ['https://a.example/'] });
    const asked = new URL(searxng.requests[0]?.url ?? '', 'http://searxng').searchParams;
    expect(Object.fromEntries(asked)).toEqual({
      q: 'grüne flüsse Wien',
      format: 'json',
      language: 'de-AT',
      pageno: '3',
      time_range: 'month',
    });
  });

  it.each<[string, Answer]>([
    ['fails', give('application/json', '{"message":"Unauthorized."}', 403)],
    ['answers in HTML', give('text/html', '<h1>Sign in</h1>')],
    ['answers with something else', give('application/json', '{"organic":"none"}')],
    ['redirects', (_request, reply) => void reply.writeHead(302, { location: '/elsewhere' }).end()],
    ['hangs up', (_request, reply) => void reply.destroy()],
    ['answers without end', (_request, reply) => void reply.writeHead(200).write('{')],
    ['answers too much', give('application/json', JSON.stringify({ organic: [' '.repeat(100_000)] }))],
  ])('asks SearXNG where Serper %s', async (_how, answer) => {
    const bounds = { SEARCH_TIMEOUT: '200ms', SEARCH_ANSWER_BYTES_MAX: '10000' };
    const { tool } = await search({ serper: answer, searxng: searxngAnswer }, bounds);
    expect(await callTool(tool, { q: 'x' })).toMatchObject({ engine: 'searxng' });
  });

  it('says which engines failed', async () => {
    const silent = give(
      'application/json',
      JSON.stringify({ results: [], unresponsive_engines: [['google', 'blocked']] }),
    );
    const { tool } = await search({ serper: give('text/plain', 'no', 500), searxng: silent });
    expect(await failTool(tool, { q: 'x' })).toMatchObject({
      code: 'unavailable',
      message:
        'no search engine answered (serper: answered with status 500; searxng: got no answer from the engines behind it)',
    });
  });

  it('finds nothing where there is nothing', async () => {
    const { tool } = await search({ searxng: give('application/json', '{"results":[]}') });
    expect(await callTool(tool, { q: 'x' })).toMatchObject({ results: [], citations: [] });
  });

  it('says how to configure it', async () => {
    const { tool } = await search({});
    expect((await failTool(tool, { q: 'x' })).message).toBe(
      'google_search is not configured: set SEARXNG_URL or SERPER_API_KEY',
    );
  });

  it('stops when it is told to', async () => {
    const aborter = new AbortController();
    const { tool, searxng } = await search({ serper: () => aborter.abort(), searxng: searxngAnswer });
    await expect(callTool(tool, { q: 'x' }, aborter.signal)).rejects.toThrow();
    expect(searxng.requests).toHaveLength(0);
  });

  it.each([
    [{}, 'q'],
    [{ q: ' ' }, 'q'],
    [{ q: 'x', num: 0 }, 'num'],
    [{ q: 'x', num: '5' }, 'num'],
    [{ q: 'x', gl: 'germany' }, 'gl'],
    [{ q: 'x', domain_allow_list: 'a.com' }, 'domain_allow_list'],
  ])('refuses %j by its field', async (args, param) => {
    const { tool } = await search({ serper: serperAnswer });
    expect(await failTool(tool, args)).toMatchObject({ code: 'invalid_request', param });
  });
});
