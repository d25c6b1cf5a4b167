import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { embedMany } from 'ai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import type { HttpProvider } from '../../providers/http-provider.ts';
import { bedrockConverse } from './index.ts';

const never = new AbortController().signal;

let server: Server;
let url: string;
let provider: HttpProvider;
let asked: { path: string; body: Record<string, unknown> }[];
/** The answer to a request: its vectors have the numbers of their texts. */
let reply: (body: Record<string, unknown>) => object;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    void json(request).then((value) => {
      const body = value as Record<string, unknown>; // both clients send objects
      asked.push({ path: request.url ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply(body)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = connectTo(url, { protocol: bedrockConverse });
});

afterEach(async () => {
  await provider.close();
  server.closeAllConnections();
  server.close();
});

const vectorOf = (text: unknown) => [Number(/\d+$/.exec(String(text))?.[0]), 1];
type Params = { text: { value: string } };
const textOf = (body: Record<string, unknown>) => (body['singleEmbeddingParams'] as Params).text.value;
const vectorsOf = (body: Record<string, unknown>) => (body['texts'] as string[]).map(vectorOf);

describe('texts', () => {
  it.each<[string, typeof reply, requests: number, inputTokens: number]>([
    [
      'amazon.titan-embed-text-v2:0',
      (body) => ({ embedding: vectorOf(body['inputText']), inputTextTokenCount: 3 }),
      3,
      9,
    ],
    [
      'cohere.embed-multilingual-v3',
      (body) => ({ embeddings: vectorsOf(body), response_type: 'embeddings_floats' }),
      1,
      0,
    ],
    ['eu.cohere.embed-v4:0', (body) => ({ embeddings: { float: vectorsOf(body) } }), 1, 0],
    [
      'amazon.nova-2-multimodal-embeddings-v1:0',
      (body) => ({
        embeddings: [{ embeddingType: 'TEXT', embedding: vectorOf(textOf(body)) }],
        inputTokenCount: 3,
      }),
      3,
      9,
    ],
  ])(
    'are embedded by %s, with the vectors that the oracle reads',
    async (model, answer, requests, inputTokens) => {
      reply = answer;
      const input = ['text 1', 'text 2', 'text 3'];
      const ours = await provider.embed({ model, input, dimensions: null }, never);
      expect(ours).toEqual({ vectors: input.map((text) => Float32Array.from(vectorOf(text))), inputTokens });
      expect(asked).toHaveLength(requests);
      const sent = asked.splice(0);
      const oracle = createAmazonBedrock({
        region: 'r',
        baseURL: url,
        accessKeyId: 'a',
        secretAccessKey: 's',
      });
      const theirs = await embedMany({ model: oracle.embedding(model), values: input, maxRetries: 0 });
      expect(ours.vectors.map((vector) => [...vector])).toEqual(theirs.embeddings);
      expect(sent.map(({ path }) => path)).toEqual(sent.map(() => asked[0]?.path));
    },
  );

  it('have the requested length', async () => {
    reply = (body) => ({ embedding: vectorOf(body['inputText']), inputTextTokenCount: 1 });
    await provider.embed({ model: 'amazon.titan-embed-text-v2:0', input: ['1'], dimensions: 256 }, never);
    expect(asked[0]?.body).toEqual({ inputText: '1', dimensions: 256 });
  });

  it.each([
    ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', ['a'], { code: 'model_not_found', param: 'model' }],
    ['cohere.embed-v4:0', [[1, 2]], { code: 'model_refused', param: 'input[0]' }],
  ])('are not embedded by %s of %j, without a request', async (model, input, error) => {
    await expect(provider.embed({ model, input, dimensions: null }, never)).rejects.toMatchObject(error);
    expect(asked).toHaveLength(0);
  });
});
