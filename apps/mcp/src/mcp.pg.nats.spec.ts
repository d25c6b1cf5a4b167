import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { authVerifyKey, toolExecuted, toolsCall, toolsList } from '@antiphon/contracts';
import { connectNats, createLogger, NatsBus, type RunningService, startService } from '@antiphon/service-kit';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '@antiphon/service-kit/testing';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';
import { mcpSchema } from './database.ts';
import { testUser } from './testing/call.ts';
import { requiredEnvironment } from './testing/environment.ts';
import { type FakeWeb, give, startWeb } from './testing/fake-web.ts';

/** Settings of a tool that is switched off here. */
const toolsFile = join(mkdtempSync(join(tmpdir(), 'antiphon-mcp-')), 'tools.yml');
writeFileSync(toolsFile, 'tools: { python_exec: { approval: always } }');
const natsUrl = process.env.TEST_NATS_URL ?? '';
const logger = createLogger('mcp', 'silent');
let database: TestDatabase;
let web: FakeWeb;
let service: RunningService;
let client: NatsBus;

beforeAll(async () => {
  database = await createTestDatabase(mcpSchema);
  web = await startWeb({
    '/page': give('text/html', '<title>Page</title><p>Hello from the page.</p>'),
    '/search': give(
      'application/json',
      '{"results":[{"title":"Page","url":"https://example.com/","content":"Hi"}]}',
    ),
    '/never': () => undefined,
  });
  const config = loadConfig({
    ...requiredEnvironment,
    DATABASE_URL: database.config.url,
    PORT: '0',
    NATS_URL: natsUrl,
    EGRESS_ALLOWED_HOSTS: new URL(web.url).host,
    SEARXNG_URL: web.url,
    TOOL_EXECUTION_TIMEOUT: '20s',
    TOOLS_FILE: toolsFile,
  });
  const definition = { name: 'mcp', config, module: AppModule.with(config) };
  service = await startService(
    definition,
    new NatsBus(await connectNats(natsUrl, 'mcp', logger), logger),
    logger,
  );
  client = new NatsBus(await connectNats(natsUrl, 'client', logger), logger);
  client.handle(authVerifyKey, async ({ key }) => ({ caller: key === 'sk_known' ? testUser : null }));
  await client.ready();
});

afterAll(async () => {
  await client?.close();
  await service?.stop();
  await web?.close();
  await database?.drop();
  rmSync(dirname(toolsFile), { recursive: true, force: true });
});

function call(name: string, args: unknown, timeoutMs = 20_000) {
  const request = { caller: testUser, name, arguments: JSON.stringify(args), idempotencyKey: 'k', timeoutMs };
  return client.call(toolsCall, request, 25_000);
}

describe('the tools service', () => {
  it('lists its tools', async () => {
    const { tools } = await client.call(toolsList, { caller: testUser, select: 'all' }, 5_000);
    const names = tools.map(({ name }) => name);
    const expected = ['google_search', 'scrape', 'current_time', 'calculate', 'get_http_requests'];
    expect(names).toEqual(expect.arrayContaining(expected));
    expect(names).not.toContain('post_http_requests');
    const selected = await client.call(toolsList, { caller: testUser, select: ['scrape', 'none'] }, 5_000);
    expect(selected.tools.map(({ name }) => name)).toEqual(['scrape']);
  });

  it('searches the web, reads pages and sends HTTP requests', async () => {
    const results = await Promise.all([
      call('google_search', { q: 'hello' }),
      call('scrape', { url: `${web.url}/page` }),
      call('get_http_requests', { url: `${web.url}/search` }),
      call('calculate', { expression: '0.1 + 0.2' }),
      call('current_time', { time_zone: 'Europe/Berlin' }),
    ]);
    expect(results.map(({ error }) => error)).toEqual([null, null, null, null, null]);
    expect(results[0]?.output).toContain('https://example.com/');
    expect(results[1]?.output).toContain('Hello from the page.');
    expect(results[2]?.output).toContain('"status":200');
    expect(results[3]?.output).toContain('"result":"0.3"');
    expect(results[4]?.output).toContain('"weekday":');
  });

  it('stores documents and finds them without embeddings', async () => {
    const indexed = await call('file_search_index', {
      document_id: 'a',
      text: 'The oak is the oldest tree.',
    });
    expect(indexed).toMatchObject({ error: null, output: expect.stringContaining('"chunks":1') as string });
    expect((await call('file_search_query', { query: 'old trees' })).output).toContain('⟪tree⟫');
    expect((await call('file_search_delete', { document_id: 'a' })).output).toContain('"deleted":true');
  });

  it('returns failures as results', async () => {
    expect((await call('serach', {})).error).toMatchObject({ code: 'not_found' });
    const writing = await call('post_http_requests', { url: `${web.url}/page`, input_data: {} });
    expect(writing.error).toMatchObject({ code: 'not_found' });
    expect(web.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect((await call('google_search', {})).output).toMatch(/^the arguments do not fit: q is required/);
    expect((await call('scrape', { url: 'http://169.254.169.254/' })).error?.code).toBe('invalid_request');
    expect((await call('scrape', { url: `${web.url}/never` }, 100)).output).toBe(
      'the tool did not answer within 0.1 s',
    );
  });

  it('publishes events of the calls of MCP clients, and not of those of runs', async () => {
    const mcp = new Client({ name: 'test', version: '1' });
    await mcp.connect(
      new StreamableHTTPClientTransport(new URL(`${service.url}/mcp`), {
        requestInit: { headers: { authorization: 'Bearer sk_known' } },
      }),
    );
    await call('calculate', { expression: '6 * 7' });
    await mcp.callTool({ name: 'calculate', arguments: { expression: '6 * 7' } });
    await mcp.callTool({ name: 'scrape', arguments: { url: `${web.url}/secret` } });
    await expect(mcp.callTool({ name: 'made_up' })).rejects.toThrow('Unknown tool');
    await mcp.close();
    const rows = await database.dataSource.query<{ events: unknown[] }[]>(
      'select events from mcp.outbox order by id',
    );
    const { subject, version } = toolExecuted;
    const caller = { userId: testUser.userId, tenantId: testUser.tenantId };
    const data = {
      ...caller,
      responseId: null,
      itemId: null,
      depth: null,
      durationMs: expect.any(Number) as number,
    };
    const done = { ...data, tool: 'calculate', status: 'completed', errorCode: null };
    const failed = { ...data, tool: 'scrape', status: 'failed', errorCode: 'not_found' };
    expect(rows.flatMap(({ events }) => events)).toEqual([
      { subject, version, data: done },
      { subject, version, data: failed },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/secret|6 \* 7/);
  });

  it('is alive', async () => {
    const answers = await Promise.all(
      ['/healthz', '/readyz', '/metrics'].map((path) => fetch(service.url + path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
