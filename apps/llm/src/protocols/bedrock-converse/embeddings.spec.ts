import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import type { HttpProvider } from '../../providers/http-provider.ts';
import { startStrictServer, type StrictServer } from './__fixtures__/strict-server.ts';
import { bedrockEmbeddings } from './embeddings.ts';
import { bedrockConverse } from './index.ts';

const never = new AbortController().signal;
let server: StrictServer;
let provider: HttpProvider;

beforeAll(async () => {
  server = await startStrictServer();
  provider = connectTo(server.url, { title: 'Bedrock', protocol: bedrockConverse });
});
afterAll(async () => {
  await provider.close();
  await server.close();
});

const embed = (model: string, input: string[] | number[][], dimensions: number | null = null) =>
  provider.embed({ model, input, dimensions }, never);

it.each([
  ['amazon.titan-embed-text-v2:0', 3 * 200],
  ['eu.cohere.embed-v4:0', 0],
  ['arn:aws:bedrock:eu-west-1:1:inference-profile/eu.cohere.embed-multilingual-v3', 0],
])('embeds any number of texts in their order, with %s', async (model, inputTokens) => {
  const texts = Array.from({ length: 200 }, (_, place) => 'x'.repeat(place + 1));
  const embedded = await embed(model, texts, 256);
  expect(embedded.vectors.map(([first]) => first)).toEqual(texts.map(({ length }) => length));
  expect(embedded.inputTokens).toBe(inputTokens);
});

it('refuses tokens, and models that embed nothing', async () => {
  await expect(embed('cohere.embed-v4:0', [[1, 2]])).rejects.toMatchObject({
    code: 'model_refused',
    param: 'input[0]',
  });
  await expect(embed('anthropic.claude-sonnet-4-5-20250929-v1:0', ['Hi'])).rejects.toMatchObject({
    code: 'model_not_found',
    message: expect.stringContaining('embeds no texts') as string,
  });
});

it('reads a plain list of vectors, and fails where there are none', () => {
  expect(bedrockEmbeddings.read({ embeddings: [[1, 2]] }, 1, 'Bedrock').vectors).toEqual([
    Float32Array.of(1, 2),
  ]);
  for (const [body, count] of [
    [{}, 1],
    [{ embeddings: [[1], [1, 2]] }, 2],
    [{ embedding: [1] }, 2],
    [undefined, 1],
  ] as const)
    expect(() => bedrockEmbeddings.read(body, count, 'Bedrock')).toThrow(
      expect.objectContaining({ code: 'model_error' }) as Error,
    );
});
