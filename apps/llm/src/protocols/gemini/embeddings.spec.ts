import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import { headerKey } from '../../providers/auth/authorizer.ts';
import type { HttpProvider } from '../../providers/http-provider.ts';
import { StrictGemini } from './__fixtures__/strict-server.ts';
import { gemini } from './index.ts';

const never = new AbortController().signal;
const googleAi = '/v1beta';
const vertex = '/v1/projects/p/locations/eu';

let server: StrictGemini;
let provider: HttpProvider | undefined;

beforeEach(async () => {
  server = await StrictGemini.start();
});

afterEach(async () => {
  await provider?.close();
  await server.stop();
});

function connect(path: string): HttpProvider {
  provider = connectTo(`${server.origin}${path}`, {
    protocol: gemini,
    authorizer: headerKey('x-goog-api-key', 'key'),
    embeddingRequestsMax: 3,
  });
  return provider;
}

describe('texts', () => {
  it.each([
    [googleAi, 'gemini-embedding-001', 'batchEmbedContents', 0],
    [vertex, 'gemini-embedding-001', 'predict', 6],
    [vertex, 'gemini-embedding-2', 'embedContent', 6],
    [vertex, 'text-embedding-005', 'predict', 6],
  ])('are embedded at %s with %s by %s', async (path, model, method, inputTokens) => {
    const embeddings = await connect(path).embed(
      { model, input: ['text 1', 'text 2'], dimensions: 2 },
      never,
    );
    expect(embeddings).toEqual({
      vectors: [Float32Array.of(1, -0.5), Float32Array.of(2, -0.5)],
      inputTokens,
    });
    expect(server.calls[0]).toMatchObject({ method });
    expect(JSON.stringify(server.calls[0]?.body)).toContain('"outputDimensionality":2');
  });

  it.each([
    [googleAi, 'gemini-embedding-001', 250, 3],
    [vertex, 'gemini-embedding-001', 5, 5],
    [vertex, 'text-embedding-005', 260, 2],
  ])(
    'beyond what a request at %s with %s may have are sent in several, in order',
    async (path, model, count, requests) => {
      const input = Array.from({ length: count }, (_, place) => `text ${place}`);
      const { vectors } = await connect(path).embed({ model, input, dimensions: null }, never);
      expect(vectors.map(([first]) => first)).toEqual(input.map((_, place) => place));
      expect(server.calls).toHaveLength(requests);
    },
  );

  it('that are too long together are sent in several requests', async () => {
    const input = Array.from({ length: 5 }, () => 'word '.repeat(2_000));
    await connect(vertex).embed({ model: 'text-embedding-005', input, dimensions: null }, never);
    expect(server.calls.map(({ body }) => (body['instances'] as unknown[]).length)).toEqual([2, 2, 1]);
  });

  it('are refused as tokens, without a request', async () => {
    const asked = connect(vertex).embed(
      { model: 'text-embedding-005', input: [[1, 2]], dimensions: null },
      never,
    );
    await expect(asked).rejects.toMatchObject({ code: 'model_refused', param: 'input[0]' });
    expect(server.calls).toHaveLength(0);
  });
});
