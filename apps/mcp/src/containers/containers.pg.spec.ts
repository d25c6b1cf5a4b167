import { plansOf, rowsRead, scansOf } from '@antiphon/service-kit/testing';
import { type OpenAI, toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { ann as annCaller } from '../files/testing/file-service.ts';
import { grantedMemoryMb } from './container-limits.ts';
import { containerService } from './testing/container-service.ts';

const service = await containerService({
  file_bytes_max: 2_000,
  bytes_max: 3_000,
  files_max: 3,
  per_caller_max: 4,
});
const { ann, bob, query, stored, cleanUp, dataSource } = service;

const send = (content: string | Buffer, name = 'notes.txt') => toFile(Buffer.from(content), name);
const upload = async (content: string | Buffer, name?: string, client = ann) =>
  client.files.create({ file: await send(content, name), purpose: 'user_data' });
const add = async (id: string, content: string | Buffer, name?: string) =>
  ann.containers.files.create(id, { file: await send(content, name) });
const pathsIn = async (id: string) =>
  (await ann.containers.files.list(id, { order: 'asc' })).data.map(({ path }) => path);
const textOf = async (id: string, container_id: string) =>
  (await ann.containers.files.content.retrieve(id, { container_id })).text();

describe('a container', () => {
  it('is created, listed, read and deleted with the stock client', async () => {
    const made = await ann.containers.create({ name: 'work' });
    expect(made).toEqual({
      id: expect.stringMatching(/^cntr_[0-9a-z]{34}$/) as string,
      object: 'container',
      created_at: expect.any(Number) as number,
      status: 'running',
      name: 'work',
      last_active_at: made.created_at,
      expires_after: { anchor: 'last_active_at', minutes: 20 },
      network_policy: { type: 'disabled' },
    });
    expect(await ann.containers.retrieve(made.id)).toMatchObject({ id: made.id, status: 'running' });
    expect((await ann.containers.list()).data.map(({ id }) => id)).toEqual([made.id]);
    expect(await ann.containers.delete(made.id)).toEqual({
      id: made.id,
      object: 'container.deleted',
      deleted: true,
    });
    await expect(ann.containers.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    expect(await stored()).toMatchObject({ containers: 0 });
  });

  it('starts with copies of files, which stay when the files go', async () => {
    const file = await upload('a,b', 'folder/data.csv');
    const { id } = await ann.containers.create({ name: 'work', file_ids: [file.id] });
    await ann.files.delete(file.id);
    const [copy] = (await ann.containers.files.list(id)).data;
    expect(copy).toMatchObject({ path: '/mnt/data/data.csv', source: 'user', bytes: 3, container_id: id });
    expect(await textOf(copy?.id ?? '', id)).toBe('a,b');
    await ann.containers.delete(id);
    await cleanUp();
    expect(await stored()).toEqual({ containers: 0, files: 0, parts: 0, chunks: 0 });
  });

  it('expires when it is idle, with its files, and begins anew with each use', async () => {
    const minutes = { anchor: 'last_active_at' as const, minutes: 5 };
    const { id } = await ann.containers.create({ name: 'work', expires_after: minutes });
    const file = await add(id, 'Hello');
    const idle = (time: string) =>
      query(`update mcp.containers set last_active_at = now() - interval '1 h', expires_at = ${time}`);
    await idle(`now() + interval '1 s'`);
    const used = await ann.containers.retrieve(id);
    expect(used.last_active_at).toBeGreaterThan(file.created_at - 60);
    expect(
      await query('select 1 from mcp.containers where expires_at > now() + interval $$4 minutes$$'),
    ).toHaveLength(1);

    await idle('now()');
    expect(await ann.containers.retrieve(id)).toMatchObject({ status: 'expired' });
    await expect(add(id, 'Hello')).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('has expired') as string,
    });
    await expect(ann.containers.files.list(id)).rejects.toMatchObject({ status: 400 });
    await cleanUp();
    expect(await stored()).toEqual({ containers: 1, files: 0, parts: 0, chunks: 0 });
    expect(await ann.containers.retrieve(id)).toMatchObject({ status: 'expired' });
    await idle(`now() - interval '25 h'`);
    await cleanUp();
    await expect(ann.containers.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  it('belongs to its caller', async () => {
    const { id } = await ann.containers.create({ name: 'work' });
    const file = await add(id, 'Hello');
    const where = { container_id: id };
    const attempts = [
      () => bob.containers.retrieve(id),
      () => bob.containers.delete(id),
      () => bob.containers.files.list(id),
      () => bob.containers.files.retrieve(file.id, where),
      () => bob.containers.files.content.retrieve(file.id, where),
      () => bob.containers.files.delete(file.id, where),
      async () => bob.containers.files.create(id, { file: await send('x') }),
      async () => bob.containers.create({ name: 'x', file_ids: [(await upload('x')).id] }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ status: 404 });
    expect((await bob.containers.list()).data).toEqual([]);
    const other = await ann.containers.create({ name: 'other' });
    await expect(ann.containers.files.retrieve(file.id, { container_id: other.id })).rejects.toMatchObject({
      status: 404,
    });
    expect(await textOf(file.id, id)).toBe('Hello');
  });
});

describe('a file of a container', () => {
  it('is sent or copied, listed, downloaded and deleted', async () => {
    const { id } = await ann.containers.create({ name: 'work' });
    const sent = await add(id, 'Hello');
    expect(sent).toEqual({
      id: expect.stringMatching(/^cfile_[0-9a-z]{34}$/) as string,
      object: 'container.file',
      container_id: id,
      created_at: expect.any(Number) as number,
      bytes: 5,
      path: '/mnt/data/notes.txt',
      source: 'user',
    });
    const copied = await ann.containers.files.create(id, { file_id: (await upload('a,b', 'x.csv')).id });
    expect(await pathsIn(id)).toEqual(['/mnt/data/notes.txt', '/mnt/data/x.csv']);
    expect(await ann.containers.files.retrieve(copied.id, { container_id: id })).toEqual(copied);
    const content = await ann.containers.files.content.retrieve(sent.id, { container_id: id });
    expect(content.headers.get('content-disposition')).toContain('filename="notes.txt"');
    expect(await content.text()).toBe('Hello');
    expect(await ann.containers.files.delete(sent.id, { container_id: id })).toMatchObject({ deleted: true });
    expect(await pathsIn(id)).toEqual(['/mnt/data/x.csv']);
  });

  it('keeps its id and gets new bytes when its name is sent again', async () => {
    const { id } = await ann.containers.create({ name: 'work' });
    const first = await add(id, 'First');
    const second = await add(id, 'Second!');
    expect(second).toMatchObject({ id: first.id, bytes: 7 });
    expect(await textOf(first.id, id)).toBe('Second!');
    await cleanUp();
    expect(await stored()).toMatchObject({ files: 1, parts: 1, chunks: 1 });
  });
});

describe('a list', () => {
  it('is paged, in both orders and by name', async () => {
    const made: string[] = [];
    for (const name of ['a', 'b', 'a']) made.push((await ann.containers.create({ name })).id);
    const ids = async (options: OpenAI.ContainerListParams) => {
      const found: string[] = [];
      for await (const { id } of ann.containers.list(options)) found.push(id);
      return found;
    };
    expect(await ids({ limit: 1, order: 'asc' })).toEqual(made);
    expect(await ids({ limit: 2 })).toEqual(made.toReversed());
    expect(await ids({ name: 'a', limit: 1 })).toEqual([made[2], made[0]]);
    for (const limit of [0, 101])
      await expect(ann.containers.list({ limit })).rejects.toMatchObject({ status: 400, param: 'limit' });
  });

  it('reads one page from an index', async () => {
    await query(`
      insert into mcp.containers
        (id, user_id, name, status, idle_minutes, created_at, last_active_at, expires_at)
      select 'cntr_' || lpad(n::text, 34, '0'), 'user_' || case when n % 2 = 0 then 'ann' else 'bob' end,
             case when n % 100 = 0 then 'rare' else 'common' end, 'running', 1, now(), now(), now()
        from generate_series(1, 20000) as n`);
    await query(`
      insert into mcp.container_files (id, container_id, user_id, path, bytes, source, created_at)
      select 'cfile_' || lpad(n::text, 34, '0'), 'cntr_' || lpad((n % 200 + 1)::text, 34, '0'), 'user_ann',
             n::text, 1, 'user', now()
        from generate_series(1, 20000) as n`);
    await query('analyze mcp.containers, mcp.container_files');
    const page = { limit: 20, order: 'desc' as const };
    const digits = '0'.repeat(29);
    const lists = [
      [
        'containers_by_owner',
        () => service.containers.list(annCaller, { ...page, after: `cntr_${digits}15000`, name: null }),
      ],
      [
        'containers_by_name',
        () => service.containers.list(annCaller, { ...page, after: `cntr_${digits}15000`, name: 'rare' }),
      ],
      [
        'container_files_by_container',
        () => service.files.list(`cntr_${digits}00100`, { ...page, after: `cfile_${digits}15000` }),
      ],
    ] as const;
    for (const [index, list] of lists) {
      const [plan] = await plansOf(dataSource, list);
      if (!plan) throw new Error('a list is one statement');
      expect(scansOf(plan)).toEqual([index]);
      expect(rowsRead(plan)).toBeLessThanOrEqual(21);
    }
  });
});

describe('a refusal', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no name', {}, 'name'],
    ['an unknown memory limit', { name: 'x', memory_limit: '2g' }, 'memory_limit'],
    [
      'a network',
      { name: 'x', network_policy: { type: 'allowlist', allowed_domains: ['a.b'] } },
      'network_policy.type',
    ],
    ['skills', { name: 'x', skills: [{ type: 'skill_reference', skill_id: 's' }] }, 'skills'],
    [
      'another anchor',
      { name: 'x', expires_after: { anchor: 'created_at', minutes: 5 } },
      'expires_after.anchor',
    ],
    [
      'too long a life',
      { name: 'x', expires_after: { anchor: 'last_active_at', minutes: 1_441 } },
      'expires_after.minutes',
    ],
    ['too many files', { name: 'x', file_ids: ['a', 'b', 'c', 'd'] }, 'file_ids'],
  ])('of %s names the field', async (_what, fields, param) => {
    await expect(ann.containers.create(fields as never)).rejects.toMatchObject({ status: 400, param });
    expect(await stored()).toMatchObject({ containers: 0 });
  });

  it('of files that do not fit leaves no container', async () => {
    const large = await upload(Buffer.alloc(2_001), 'large.bin');
    const twins = [await upload('a', 'same.txt'), await upload('b', 'same.txt')];
    const halves = [await upload(Buffer.alloc(1_600), 'a'), await upload(Buffer.alloc(1_600), 'b')];
    const create = (...files: { id: string }[]) =>
      ann.containers.create({ name: 'x', file_ids: files.map(({ id }) => id) });
    await expect(create(large)).rejects.toMatchObject({ status: 400, param: 'file_ids[0]' });
    await expect(create(...twins)).rejects.toMatchObject({ status: 400, param: 'file_ids[1]' });
    await expect(create(...halves)).rejects.toMatchObject({ status: 403 });
    await cleanUp();
    expect(await stored()).toMatchObject({ containers: 0, files: 0, parts: 5 });
  });

  it('of more files, bytes or containers than allowed is 403, of a large file 413', async () => {
    const { id } = await ann.containers.create({ name: 'work' });
    await expect(add(id, Buffer.alloc(2_001))).rejects.toMatchObject({ status: 413 });
    await add(id, Buffer.alloc(2_000), 'a');
    await expect(add(id, Buffer.alloc(1_001), 'b')).rejects.toMatchObject({ status: 403 });
    await add(id, Buffer.alloc(1_001), 'a');
    await add(id, 'x', 'b');
    await add(id, 'x', 'c');
    await expect(add(id, 'x', 'd')).rejects.toMatchObject({ status: 403 });
    for (let count = 1; count < 4; count++) await ann.containers.create({ name: 'more' });
    await expect(ann.containers.create({ name: 'more' })).rejects.toMatchObject({ status: 403 });
    await cleanUp();
    expect(await stored()).toEqual({ containers: 4, files: 3, parts: 3, chunks: 3 });
  });

  it('of a request without a file says how to send one', async () => {
    const { id } = await ann.containers.create({ name: 'work' });
    await expect(ann.containers.files.create(id, {})).rejects.toMatchObject({ status: 400, param: 'file' });
    await expect(ann.containers.files.create(id, { file_id: 'file_1' })).rejects.toMatchObject({
      status: 404,
    });
  });
});

it('a server without Python creates no container, and says how to change that', async () => {
  const { ann: client } = await containerService({}, {});
  await expect(client.containers.create({ name: 'x' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('PYTHON_EXEC_ENABLED') as string,
  });
});

it("a container may declare each of the API's memory limits, and gets as much as Python has", async () => {
  for (const memory_limit of ['1g', '4g', '16g', '64g'] as const)
    expect((await ann.containers.create({ name: 'x', memory_limit })).memory_limit).toBe(memory_limit);
  expect([grantedMemoryMb('1g', 256), grantedMemoryMb('1g', 4_096), grantedMemoryMb(null, 256)]).toEqual([
    256,
    1_024,
    null,
  ]);
});
