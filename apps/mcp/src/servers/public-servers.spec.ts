import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolProgress } from '../host/tool.ts';
import { resultText } from './connection/call-result.ts';
import type { ServerLink } from './connection/server-link.ts';
import { poolTo, serverAt } from './testing/pool.ts';
import { startEverything, startFilesystem } from './testing/public-servers.ts';

const never = new AbortController().signal;
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function linkToEverything(mode: 'streamableHttp' | 'sse') {
  const everything = await startEverything(mode);
  closers.push(() => everything.close());
  const pool = poolTo(everything.url);
  closers.push(() => pool.onModuleDestroy());
  const transport = mode === 'sse' ? 'sse' : 'streamable_http';
  return { everything, link: pool.linkTo(serverAt(everything.url, { transport })) };
}

async function call(
  link: ServerLink,
  name: string,
  args: Record<string, string | number>,
  signal = never,
  onProgress?: (progress: ToolProgress) => void,
) {
  return resultText(await link.call({ name, arguments: args, idempotencyKey: 'key-1', onProgress }, signal));
}

describe.each(['streamableHttp', 'sse'] as const)('server-everything over %s', (mode) => {
  it('lists its tools, runs calls, and returns images, resources and failures', async () => {
    const { link } = await linkToEverything(mode);
    const { tools, leftOut } = await link.listTools(never);
    expect(leftOut).toEqual([]);
    expect([...tools.keys()]).toEqual(expect.arrayContaining(['srv__echo', 'srv__get-sum']));
    expect(tools.get('srv__get-sum')?.tool).toMatchObject({
      executor: 'server',
      approval: 'unsafe',
      annotations: { readOnly: false, idempotent: false, destructive: true },
      parameters: { type: 'object', required: ['a', 'b'] },
    });
    expect(link.state.status).toBe('connected');
    expect(await call(link, 'echo', { message: 'hi' })).toBe('Echo: hi');
    expect(await call(link, 'get-sum', { a: 2, b: 40 })).toContain('42');
    expect(await call(link, 'get-tiny-image', {})).toMatch(/\[image, image\/png, \d+ bytes\]/);
    expect(await call(link, 'get-resource-links', { count: 2 })).toMatch(/\[resource, .+, .+\]/);
    await expect(call(link, 'get-sum', { a: 'x' })).rejects.toThrow(/a/);
    await expect(call(link, 'nothing', {})).rejects.toThrow(/nothing/);
  });

  it('reports progress, and continues after a cancellation', async () => {
    const { link } = await linkToEverything(mode);
    const seen: ToolProgress[] = [];
    await call(link, 'trigger-long-running-operation', { duration: 1, steps: 3 }, never, (one) =>
      seen.push(one),
    );
    // The client may skip a notification that arrives together with the result.
    expect(seen.slice(0, 2).map(({ progress, total }) => [progress, total])).toEqual([
      [1, 3],
      [2, 3],
    ]);
    const aborter = new AbortController();
    const long = call(
      link,
      'trigger-long-running-operation',
      { duration: 30, steps: 30 },
      aborter.signal,
      () => aborter.abort(new Error('not wanted any more')),
    );
    await expect(long).rejects.toThrow('not wanted any more');
    expect(await call(link, 'echo', { message: 'still here' })).toBe('Echo: still here');
  });
});

it('a restarted server gets a new session', async () => {
  const { everything, link } = await linkToEverything('streamableHttp');
  expect(await call(link, 'echo', { message: 'one' })).toBe('Echo: one');
  await everything.close();
  const again = await startEverything('streamableHttp', Number(new URL(everything.url).port));
  closers.push(() => again.close());
  expect(await call(link, 'echo', { message: 'two' })).toBe('Echo: two');
});

it('server-filesystem, through a bridge, reads its own folder only', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'antiphon-files-')));
  closers.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'note.txt'), 'kept in a file');
  const filesystem = await startFilesystem(folder);
  closers.push(() => filesystem.close());
  const pool = poolTo(filesystem.url);
  closers.push(() => pool.onModuleDestroy());
  const link = pool.linkTo(serverAt(filesystem.url, { label: 'files', isTrusted: true }));
  const { tools } = await link.listTools(never);
  expect(tools.get('files__read_text_file')?.tool.annotations).toMatchObject({ readOnly: true });
  expect(tools.get('files__write_file')?.tool.annotations).toMatchObject({ readOnly: false });
  expect(await call(link, 'read_text_file', { path: join(folder, 'note.txt') })).toBe('kept in a file');
  await expect(call(link, 'read_text_file', { path: '/etc/hostname' })).rejects.toThrow(/denied/i);
});
