import { createLogger } from '@antiphon/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { createEngines } from '../search/create-engines.ts';
import { WebSearch } from '../search/web-search.ts';
import { type Answer, type FakeWeb, give, startWeb } from '../testing/fake-web.ts';
import { requiredEnvironment } from '../testing/environment.ts';
import { callTool, failTool } from '../testing/call.ts';
import { createGoogleSearch } from './google-search.ts';

const start = Date.parse('2026-11-23T00:00:00Z');
let now = start;
const webs: FakeWeb[] = [];

afterEach(async () => {
  now = start;
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

const tavilyAnswer = give(
  'application/json',
  JSON.stringify({
    query: 'x',
    results: [
      { title: 'One', url: 'https://one.example/', content: 'first', score: 0.9 },
      { title: 'Two', url: 'https://two.example/', content: 'second', score: 0.8 },
    ],
  }),
);
const exaAnswer = give(
  'application/json',
  JSON.stringify({
    requestId: 'r',
    results: [
      { id: 'a', title: null, url: 'https://three.example/', highlights: ['a part', 'another'] },
      { id: 'b', title: 'Four', url: 'https://four.example/' },
    ],
  }),
);

interface Answers {
  serper?: Answer;
  tavily?: Answer;
  exa?: Answer;
  searxng?: Answer;
}

async function search(answers: Answers, limits: Record<string, string | number> = {}) {
  const serve = (answer: Answer | undefined, path = '/search') => startWeb(answer ? { [path]: answer } : {});
  const serper = await serve(answers.serper);
  const tavily = await serve(answers.tavily);
  const exa = await serve(answers.exa);
  const searxng = await serve(answers.searxng, '/sub/search');
  webs.push(serper, tavily, exa, searxng);
  const environment = {
    ...requiredEnvironment,
    ...(answers.serper && { SERPER_URL: serper.url, SERPER_API_KEY: 'key-1' }),
    ...(answers.tavily && { TAVILY_URL: tavily.url, TAVILY_API_KEY: 'key-2' }),
    ...(answers.exa && { EXA_URL: exa.url, EXA_API_KEY: 'key-3' }),
    ...(answers.searxng && { SEARXNG_URL: `${searxng.url}/sub` }),
  };
  const config = loadConfig(environment, { search: limits });
  const web = new WebSearch(
    { ...config.search, engines: createEngines(config), now: () => now },
    createLogger('mcp', 'silent'),
  );
  return { tool: createGoogleSearch({ timeoutMs: 5_000 }, web), serper, tavily, exa, searxng };
}

describe('google_search', () => {
  it('returns the pages that Serper finds, each once', async () => {
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

  it('limits the results to the given domains, in any spelling', async () => {
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

  it('sends SearXNG its own parameters', async () => {
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

  it('requests the past day from SearXNG in place of the past hour, which it does not support', async () => {
    const { tool, searxng } = await search({ searxng: searxngAnswer });
    await callTool(tool, { q: 'x', tbs: 'qdr:h' });
    expect(searxng.requests[0]?.url).toContain('time_range=day');
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
    const bounds = { timeout: '1s', answer_bytes_max: 10000 };
    const { tool } = await search({ serper: answer, searxng: searxngAnswer }, bounds);
    expect(await callTool(tool, { q: 'x' })).toMatchObject({ engine: 'searxng' });
  });

  it('reports which engines failed', async () => {
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

  it('returns an empty list without results', async () => {
    const { tool } = await search({ searxng: give('application/json', '{"results":[]}') });
    expect(await callTool(tool, { q: 'x' })).toMatchObject({ results: [], citations: [] });
  });

  it('reports how to configure it', async () => {
    const { tool } = await search({});
    expect((await failTool(tool, { q: 'x' })).message).toBe(
      'google_search is not configured: set SERPER_API_KEY, TAVILY_API_KEY, EXA_API_KEY or SEARXNG_URL',
    );
  });

  it('stops when its signal aborts', async () => {
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

describe('the engines of google_search', () => {
  it('include Tavily, with its own parameters', async () => {
    const { tool, tavily } = await search({ tavily: tavilyAnswer, searxng: searxngAnswer });
    const args = { q: 'rivers', num: 1, page: 2, tbs: 'qdr:h', location: 'Cairo' };
    const result = await callTool(tool, { ...args, domain_allow_list: ['two.example'] });
    // It has no pages: the second page of one result each is the second result.
    expect(result).toMatchObject({
      engine: 'tavily',
      results: [{ position: 1, title: 'Two', source_url: 'https://two.example/', snippet: 'second' }],
    });
    expect(tavily.requests[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer key-2' } });
    expect(JSON.parse(tavily.requests[0]?.body ?? '')).toEqual({
      query: 'rivers Cairo',
      max_results: 2,
      time_range: 'day',
      include_domains: ['two.example'],
    });
  });

  it('include Exa, with its own parameters', async () => {
    const { tool, exa } = await search({ exa: exaAnswer, searxng: searxngAnswer });
    const result = await callTool(tool, { q: 'rivers', gl: 'de', num: 5 });
    expect(result).toMatchObject({
      engine: 'exa',
      results: [
        { title: '', source_url: 'https://three.example/', snippet: 'a part … another' },
        { title: 'Four', source_url: 'https://four.example/', snippet: '' },
      ],
    });
    expect(exa.requests[0]).toMatchObject({ method: 'POST', headers: { 'x-api-key': 'key-3' } });
    expect(JSON.parse(exa.requests[0]?.body ?? '')).toEqual({
      query: 'rivers',
      type: 'auto',
      numResults: 5,
      userLocation: 'DE',
      contents: { highlights: { maxCharacters: 400 } },
    });
  });

  it('get no requests for pages beyond their results', async () => {
    const { tool, tavily } = await search({ tavily: tavilyAnswer });
    expect(await callTool(tool, { q: 'x', page: 3 })).toMatchObject({ results: [] });
    expect(tavily.requests).toHaveLength(0);
  });

  it('are used one after the other', async () => {
    const down = give('text/plain', 'down', 503);
    const { tool, serper, tavily, exa, searxng } = await search({
      serper: down,
      tavily: down,
      exa: down,
      searxng: searxngAnswer,
    });
    expect(await callTool(tool, { q: 'x' })).toMatchObject({ engine: 'searxng' });
    expect([serper, tavily, exa, searxng].map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1]);
  });

  it('are paused for a while after several failures, and then tried once', async () => {
    let isDown = true;
    const serper: Answer = (request, reply) =>
      isDown ? void reply.writeHead(503).end() : serperAnswer(request, reply);
    const limits = { failures_max: 2, rest: '30s' };
    const { tool, serper: web } = await search({ serper, searxng: searxngAnswer }, limits);
    for (const q of ['a', 'b', 'c', 'd']) {
      expect(await callTool(tool, { q })).toMatchObject({ engine: 'searxng' });
    }
    expect(web.requests).toHaveLength(2);
    now += 30_000;
    await Promise.all(['e', 'f'].map((q) => callTool(tool, { q })));
    expect(web.requests).toHaveLength(3);
    isDown = false;
    now += 30_000;
    for (const q of ['g', 'h']) expect(await callTool(tool, { q })).toMatchObject({ engine: 'serper' });
    expect(web.requests).toHaveLength(5);
  });

  it.each([400, 422])(
    'do not count as failed for a query that they refuse with status %i',
    async (status) => {
      const { tool, serper } = await search(
        {
          serper: give('application/json', '{"message":"location is unknown"}', status),
          searxng: searxngAnswer,
        },
        { failures_max: 1 },
      );
      for (const q of ['a', 'b']) expect(await callTool(tool, { q })).toMatchObject({ engine: 'searxng' });
      expect(serper.requests).toHaveLength(2);
    },
  );

  it('report their pause where there is no other engine', async () => {
    const { tool } = await search({ serper: give('text/plain', '', 500) }, { failures_max: 1 });
    await failTool(tool, { q: 'x' });
    expect(await failTool(tool, { q: 'x' })).toMatchObject({
      code: 'unavailable',
      message: 'no search engine answered (serper: failed several times and is paused for a while)',
    });
  });

  it('are not counted as failed when the caller aborts', async () => {
    const limits = { failures_max: 1 };
    let caller = new AbortController();
    const { tool, serper } = await search({ serper: () => void caller.abort() }, limits);
    for (const q of ['a', 'b']) {
      caller = new AbortController();
      await expect(callTool(tool, { q }, caller.signal)).rejects.toThrow();
    }
    expect(serper.requests).toHaveLength(2);
  });
});

describe('the cache of google_search', () => {
  it('answers the same query for some minutes', async () => {
    const { tool, serper } = await search({ serper: serperAnswer }, { cache_ttl: '5m' });
    const first = await callTool(tool, { q: 'rivers' });
    now += 4 * 60_000;
    expect(await callTool(tool, { q: ' rivers ', page: 1 })).toEqual(first);
    expect(serper.requests).toHaveLength(1);
    for (const args of [{ q: 'Rivers' }, { q: 'rivers', gl: 'de' }, { q: 'rivers', page: 2 }]) {
      await callTool(tool, args);
    }
    expect(serper.requests).toHaveLength(4);
    now += 2 * 60_000;
    const again = await callTool(tool, { q: 'rivers' });
    expect(JSON.stringify(again)).toContain('"fetched_at":"2026-11-23T00:06:00.000Z"');
    expect(serper.requests).toHaveLength(5);
  });

  it('drops results that take too much memory', async () => {
    const { tool, serper } = await search({ serper: serperAnswer }, { cache_bytes_max: 2000 });
    for (const q of ['a', 'b', 'c', 'a']) await callTool(tool, { q });
    expect(serper.requests).toHaveLength(4);
  });

  it('is switched off by a setting', async () => {
    const { tool, serper } = await search({ serper: serperAnswer }, { cache_ttl: '0s' });
    for (let i = 0; i < 2; i++) await callTool(tool, { q: 'x' });
    expect(serper.requests).toHaveLength(2);
  });

  it('keeps no empty results', async () => {
    const { tool, searxng } = await search({ searxng: give('application/json', '{"results":[]}') });
    for (let i = 0; i < 2; i++) await callTool(tool, { q: 'x' });
    expect(searxng.requests).toHaveLength(2);
  });
});
