import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContentPart, Item } from '@antiphon/contracts';
import { Egress } from '@antiphon/service-kit';
import { ScriptedProvider, text } from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelRequest } from '../__fixtures__/model-request.ts';
import { connectTo } from '../__fixtures__/connect.ts';
import { LinkedContent } from './linked-content.ts';

const never = new AbortController().signal;
const pdf = Buffer.from('%PDF-1.7 a report');

let site: Server;
let siteUrl: string;
let answer: RequestListener;
let egress: Egress;

beforeEach(async () => {
  answer = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(pdf);
  site = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(site, 'listening');
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`; // a TCP server that listens has one
  egress = new Egress(
    {
      allowedHosts: [new URL(siteUrl).host],
      allowedPorts: [80, 443],
      connectTimeoutMs: 1_000,
      connectionsPerHostMax: 4,
    },
    'links',
  );
});

afterEach(async () => {
  await egress.close();
  site.closeAllConnections();
  site.close();
});

const messageOf = (...content: ContentPart[]): Item => ({
  type: 'message',
  id: 'msg',
  role: 'user',
  content,
  status: 'completed',
});
const fetchAll = { image_links: 'fetch', file_links: 'fetch' } as const;
const inline = (
  parts: ContentPart[],
  quirks: { image_links: 'pass' | 'fetch'; file_links: 'pass' | 'fetch' } = fetchAll,
) => new LinkedContent(egress).inline([messageOf(...parts)], quirks, never);
const file = (path: string): ContentPart => ({ type: 'file', url: siteUrl + path });

describe('a link', () => {
  it('becomes the data behind it, with a name and a type', async () => {
    const { items } = await inline([
      file('/reports/annual%20report.pdf?key=1'),
      { type: 'image', url: `${siteUrl}/a` },
    ]);
    const data = `data:application/pdf;base64,${pdf.toString('base64')}`;
    expect(items).toEqual([
      messageOf({ type: 'file', url: data, filename: 'annual report.pdf' }, { type: 'image', url: data }),
    ]);
  });

  it('in the output of a tool does, too', async () => {
    const output: Item = {
      type: 'function_call_output',
      id: 'fco',
      callId: 'a',
      output: [file('/a.pdf')],
      status: 'completed',
    };
    const { items } = await new LinkedContent(egress).inline([output], fetchAll, never);
    expect(items[0]).toMatchObject({
      output: [{ filename: 'a.pdf', url: expect.stringMatching(/^data:/) as string }],
    });
  });

  it('is sent unchanged where the provider follows links, and so are data URLs', async () => {
    const parts: ContentPart[] = [
      { type: 'image', url: `${siteUrl}/a` },
      { type: 'file', url: 'data:a/b;base64,AA' },
    ];
    const content = new LinkedContent(egress);
    expect(content.isNeeded([messageOf(...parts)], { image_links: 'pass', file_links: 'fetch' })).toBe(false);
    expect(content.isNeeded([messageOf(...parts)], fetchAll)).toBe(true);
  });

  it('is fetched from http URLs only where the provider follows https', async () => {
    const links = ['http://a.example/a', 'https://a.example/a'].map((url) =>
      messageOf({ type: 'image', url }),
    );
    const isNeeded = links.map((item) =>
      new LinkedContent(egress).isNeeded([item], { image_links: 'https', file_links: 'https' }),
    );
    expect(isNeeded).toEqual([true, false]);
  });

  it.each<[what: string, path: string, listener: RequestListener, message: RegExp]>([
    [
      'is missing',
      '/a.pdf',
      (_request, response) => response.writeHead(404).end(),
      /a\.pdf could not be fetched: .*404/,
    ],
    ['is empty', '/a.pdf', (_request, response) => response.end(), /it is empty/],
    [
      'is too large',
      '/a.pdf',
      (_request, response) => response.end(Buffer.alloc(9 * 1024 * 1024)),
      /larger than 8 MB/,
    ],
    [
      'leads into a private network',
      '/a.pdf',
      (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      /may not be requested/,
    ],
  ])('that %s is refused by its name', async (_what, path, listener, message) => {
    answer = listener;
    await expect(inline([file(path)])).rejects.toMatchObject({
      code: 'model_refused',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is refused where all links together are too large', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(6 * 1024 * 1024, 1));
    await expect(inline([file('/a'), file('/b'), file('/c')])).rejects.toMatchObject({
      code: 'model_refused',
      message: expect.stringMatching(
        /\/c could not be fetched: all links of a request may hold at most 16 MB/,
      ) as string,
    });
  });

  it('to a private address is not requested', async () => {
    await expect(inline([{ type: 'file', url: 'http://10.0.0.1/a.pdf' }])).rejects.toMatchObject({
      code: 'model_refused',
    });
  });

  it('is refused beyond the maximum number of links', async () => {
    const many = Array.from({ length: 21 }, (_, index) => file(`/${index}`));
    await expect(inline(many)).rejects.toMatchObject({ code: 'model_refused' });
  });
});

it('counts against a memory budget, which is free again afterwards', async () => {
  answer = (_request, response) => response.end(Buffer.alloc(8 * 1024 * 1024, 1));
  const content = new LinkedContent(egress);
  const load = () => content.inline([messageOf(file('/a'), file('/b'))], fetchAll, never);
  const held = [await load(), await load(), await load(), await load()];
  await expect(load()).rejects.toMatchObject({ code: 'rate_limited' });
  for (const { release } of held) release();
  await expect(load()).resolves.toBeDefined();
});

it('becomes data for a provider that does not follow links', async () => {
  const server = await ScriptedProvider.start(() => [text('Read.')]);
  const provider = connectTo(server.baseUrl, { linkedContent: new LinkedContent(egress) });
  const bursts = [];
  const request = modelRequest('Hi', { items: [messageOf(file('/a.pdf'))] });
  for await (const burst of provider.stream(request, never)) bursts.push(...burst);
  expect(bursts.at(-1)).toMatchObject({ type: 'end' });
  expect((await server.call(0)).body.messages[0]?.content).toEqual([
    {
      type: 'file',
      file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf.toString('base64')}` },
    },
  ]);
  await provider.close();
  await server.stop();
});
