import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ContentPart } from '@antiphon/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { said } from '../../protocols/__fixtures__/conversation.ts';
import { upstreams } from '../../protocols/__fixtures__/upstreams.ts';
import { connectTo } from '../__fixtures__/connect.ts';
import { modelRequest } from '../__fixtures__/model-request.ts';
import { LinkedContent } from './linked-content.ts';

const never = new AbortController().signal;
const png = Buffer.from('\x89PNG of a wave', 'latin1');

let server: Server;
let url: string;
let body: string;
let fetched: string[];

beforeEach(async () => {
  fetched = [];
  server = createServer((request, response) => {
    void text(request).then((sent) => {
      body = sent;
      response.writeHead(400).end('{"error":{"message":"no answer"}}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** The guarded way out, which no request of a provider may leave out. */
const linkedContent = new LinkedContent({
  fetch: async (link) => {
    fetched.push(String(link));
    return {
      status: 200,
      headers: new Headers({ 'content-type': 'image/png' }),
      url: String(link),
      body: png,
    };
  },
});

describe('a link of a request to a server that only its API is known of', () => {
  it.each([
    ['OpenAI Responses', ['passed on', 'passed on']],
    ['chat completions', ['passed on', 'passed on']],
    ['Anthropic Messages', ['passed on', 'fetched']],
    ['Gemini', ['fetched', 'fetched']],
    ['Bedrock Converse', ['fetched', 'fetched']],
    ['Ollama', ['fetched', 'fetched']],
  ])('is followed by %s, or fetched for it: https %j, then http', async (name, expected) => {
    const links = ['https://sea.example/wave.png', 'http://sea.example/wave.png'];
    const images = links.map((link): ContentPart => ({ type: 'image', url: link }));
    const protocol = upstreams[name]?.protocol;
    if (protocol === undefined) throw new Error('no such upstream');
    const provider = connectTo(url, { protocol, linkedContent });
    const request = modelRequest('', { model: 'some-model', items: [said('user', images)] });
    await expect(provider.stream(request, never)[Symbol.asyncIterator]().next()).rejects.toThrow('no answer');
    await provider.close();
    expect(links.map((link) => (fetched.includes(link) ? 'fetched' : 'passed on'))).toEqual(expected);
    for (const [place, link] of links.entries())
      expect(body.includes(link)).toBe(expected[place] === 'passed on');
    expect(body.includes(png.toString('base64'))).toBe(expected.includes('fetched'));
  });
});
