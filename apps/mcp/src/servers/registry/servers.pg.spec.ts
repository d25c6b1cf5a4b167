import { plansOf, rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { ServerStore } from './server.store.ts';
import { ann, bob, serverService } from '../testing/server-service.ts';

const { add, send, service, tools, remote, labels, database } = await serverService();

describe('registering a server', () => {
  it('returns it without its headers, which are sealed', async () => {
    const added = await add('sk_ann', { headers: { Authorization: 'Bearer hush' }, allowed_tools: ['echo'] });
    expect(added.status).toBe(201);
    expect(added.json).toEqual({
      object: 'mcp.server',
      label: 'mine',
      url: remote.url,
      transport: null,
      header_names: ['authorization'],
      allowed_tools: ['echo'],
      approval: 'unsafe',
      timeouts: { connect_ms: 5000, list_ms: 10000, call_ms: 45000 },
      concurrency: null,
      tools: {},
      enabled: true,
      pin: false,
      changed: null,
      shared: false,
      source: 'api',
      trusted: false,
      status: 'unknown',
      error: null,
      created_at: expect.any(Number) as number,
      updated_at: expect.any(Number) as number,
    });
    const read = await send('sk_ann', 'GET', '/mine');
    expect(read.json).toEqual(added.json);
    const listed = await send('sk_ann', 'GET');
    expect(added.text + read.text + listed.text).not.toContain('hush');
    const rows: unknown = await database.dataSource.query('select * from mcp.servers');
    expect(JSON.stringify(rows)).not.toContain('hush');
    await tools.list(ann, 'all');
    expect(remote.messages.at(-1)?.headers.authorization).toBe('Bearer hush');
  });

  it.each([
    [{ label: '-mine' }, 'label'],
    [{ label: 'my__own' }, 'label'],
    [{ url: 'http://10.0.0.1/mcp' }, 'url'],
    [{ url: 'http://localhost:1/mcp' }, 'url'],
    [{ url: 'https://user:pass@example.com/' }, 'url'],
    [{ url: undefined }, 'url'],
    [{ transport: 'stdio' }, 'transport'],
    [{ headers: { 'mcp-session-id': 'x' } }, 'headers.mcp-session-id'],
    [{ headers: { a: 'b\nc' } }, 'headers.a'],
    [{ approval: 'sometimes' }, 'approval'],
    [{ timeouts: { call_ms: 0 } }, 'timeouts.call_ms'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ tools: { echo: { enabled: 'named' } } }, 'tools.echo.enabled'],
    [{ tools: { echo: { timeout_ms: 3_600_000 } } }, 'tools.echo.timeout_ms'],
    [{ tools: { echo: { colour: 'red' } } }, 'tools.echo.colour'],
    [{ tools: { '': {} } }, 'tools.'],
    [{ trusted: true }, 'trusted'],
  ])('with %j is refused', async (body, param) => {
    const { status, json } = await add('sk_ann', body);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_request', param });
  });

  it('is refused without a token, twice by one label, over another one, and beyond the bound', async () => {
    expect((await send('sk_nobody', 'GET')).status).toBe(401);
    expect((await add('sk_ann')).status).toBe(201);
    expect(await add('sk_ann')).toMatchObject({ status: 409, json: { error: { param: 'label' } } });
    expect((await add('sk_ann', { label: 'house' })).status).toBe(409);
    const many = await Promise.all(['a', 'b', 'c', 'd'].map((label) => add('sk_ann', { label })));
    expect(many.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
    expect((await add('sk_bob')).status).toBe(201);
  });
});

describe('access to a server', () => {
  it('belongs to its owner: other callers cannot read, change or use it', async () => {
    await add('sk_ann');
    expect(await labels('sk_ann')).toEqual(['house', 'mine']);
    expect(await labels('sk_bob')).toEqual(['house']);
    for (const [method, path] of [
      ['GET', '/mine'],
      ['PATCH', '/mine'],
      ['DELETE', '/mine'],
      ['GET', '/mine/tools'],
    ] as const) {
      const { status, json } = await send('sk_bob', method, path, method === 'PATCH' ? {} : undefined);
      expect([method, status]).toEqual([method, 404]);
      expect(json.error?.message).toBe('There is no MCP server with the label "mine".');
    }
    expect(await tools.find(bob, { name: 'mine__echo' }, AbortSignal.timeout(5_000))).toBeNull();
    expect((await tools.find(ann, { name: 'mine__echo' }, AbortSignal.timeout(5_000)))?.offer.name).toBe(
      'mine__echo',
    );
  });

  it('for everyone belongs to administrators, who register it, change it and read all of it', async () => {
    expect((await add('sk_ann', { shared: true })).status).toBe(403);
    expect((await add('sk_root', { shared: true, headers: { 'x-key': 'k' } })).status).toBe(201);
    expect((await send('sk_ann', 'GET', '/mine')).json).toMatchObject({
      shared: true,
      url: null,
      header_names: [],
    });
    expect((await send('sk_root', 'GET', '/mine')).json).toMatchObject({
      url: remote.url,
      header_names: ['x-key'],
    });
    expect((await send('sk_ann', 'DELETE', '/mine')).status).toBe(403);
    expect((await tools.list(bob, 'all')).map(({ tool }) => tool.name)).toContain('mine__echo');
    expect((await send('sk_root', 'DELETE', '/mine')).status).toBe(204);
  });

  it('of the operator’s file allows no changes', async () => {
    expect((await send('sk_ann', 'GET', '/house')).json).toMatchObject({
      source: 'file',
      trusted: true,
      url: null,
    });
    expect((await send('sk_root', 'PATCH', '/house', { enabled: false })).status).toBe(403);
    expect((await send('sk_root', 'DELETE', '/house')).status).toBe(403);
  });
});

describe('changing a server', () => {
  it('changes only the named settings', async () => {
    await add('sk_ann', { headers: { 'x-key': 'k1' }, timeouts: { list_ms: 500 } });
    const changed = await send('sk_ann', 'PATCH', '/mine', { approval: 'never', allowed_tools: ['echo'] });
    expect(changed).toMatchObject({
      status: 200,
      json: {
        approval: 'never',
        allowed_tools: ['echo'],
        header_names: ['x-key'],
        timeouts: { list_ms: 500 },
      },
    });
    expect((await tools.list(ann, ['mine__echo']))[0]?.tool).toMatchObject({ approval: 'never' });
    expect(remote.messages.at(-1)?.headers['x-key']).toBe('k1');
    expect((await send('sk_ann', 'PATCH', '/mine', { headers: null })).json).toMatchObject({
      header_names: [],
    });
    await tools.list(ann, 'all');
    expect(remote.messages.at(-1)?.headers['x-key']).toBeUndefined();
    expect((await send('sk_ann', 'PATCH', '/mine', { label: 'other' })).status).toBe(400);
    expect((await send('sk_ann', 'PATCH', '/mine', { url: 'http://10.0.0.1/' })).status).toBe(400);
  });

  it('sets single tools and leaves the others', async () => {
    const settings = { description: 'Says it again.', approval: 'never', timeout_ms: 700, concurrency: 1 };
    const added = await add('sk_ann', { concurrency: 3, tools: { echo: settings } });
    expect(added.json).toMatchObject({ concurrency: 3, tools: { echo: settings } });
    expect((await send('sk_ann', 'PATCH', '/mine', { enabled: true })).json).toMatchObject({
      concurrency: 3,
      tools: { echo: settings },
    });
    expect((await tools.list(ann, ['mine__echo']))[0]?.tool).toMatchObject({
      description: 'Says it again.',
      approval: 'never',
      timeoutMs: 700,
    });
    const off = { tools: { echo: { enabled: false }, ecko: {} }, concurrency: null };
    expect((await send('sk_ann', 'PATCH', '/mine', off)).json).toMatchObject(off);
    expect(await tools.find(ann, { name: 'mine__echo' }, AbortSignal.timeout(5_000))).toBeNull();
    expect((await send('sk_ann', 'GET', '/mine/tools')).json).toMatchObject({
      left_out: [
        { name: 'echo', reason: 'it is switched off' },
        { name: 'ecko', reason: 'it has settings here, and the server does not offer it' },
      ],
    });
    expect((await send('sk_ann', 'PATCH', '/mine', { tools: null })).json).toMatchObject({ tools: {} });
    expect((await tools.list(ann, ['mine__echo']))[0]?.tool).toMatchObject({ approval: 'unsafe' });
  });

  it('does not keep headers with another origin', async () => {
    await add('sk_ann', { headers: { 'x-key': 'k1' } });
    const moved = await send('sk_ann', 'PATCH', '/mine', { url: 'https://thief.example/mcp' });
    expect(moved).toMatchObject({ status: 400, json: { error: { param: 'headers' } } });
    expect((await send('sk_ann', 'PATCH', '/mine', { url: `${remote.url}/v2` })).status).toBe(200);
    const both = { url: 'https://friend.example/mcp', headers: { 'x-key': 'k2' } };
    expect((await send('sk_ann', 'PATCH', '/mine', both)).status).toBe(200);
  });

  it('switches it off and on', async () => {
    await add('sk_ann', { enabled: false });
    const names = async () => (await tools.list(ann, 'all')).map(({ tool }) => tool.name);
    expect(await names()).toEqual(['house__echo']);
    expect(await tools.find(ann, { name: 'mine__echo' }, AbortSignal.timeout(5_000))).toBeNull();
    expect((await send('sk_ann', 'GET', '/mine/tools')).json.error?.message).toBe(
      'The MCP server is not enabled.',
    );
    await send('sk_ann', 'PATCH', '/mine', { enabled: true });
    expect(await names()).toEqual(['house__echo', 'mine__echo']);
    expect((await send('sk_ann', 'DELETE', '/mine')).status).toBe(204);
    expect(await names()).toEqual(['house__echo']);
    expect((await send('sk_ann', 'DELETE', '/mine')).status).toBe(404);
  });
});

it('reads the servers of a caller from their index', async () => {
  const dataSource = service.app.get(DataSource);
  await dataSource.query(
    `insert into mcp.servers (id, owner_id, label, url, header_names, approval, timeouts, is_enabled, revision)
     select gen_random_uuid(), 'user_' || n % 5000, 'server_' || n, 'https://example.com', '{}', 'never', '{}', true, gen_random_uuid()
       from generate_series(1, 20000) n`,
  );
  await dataSource.query('vacuum analyze mcp.servers');
  const plans = await plansOf(dataSource, () => service.app.get(ServerStore).visibleTo('user_7'));
  expect(plans.flatMap(scansOf)).toEqual(['servers_label_key']);
  expect(plans.map(rowsRead)).toEqual([4]);
});
