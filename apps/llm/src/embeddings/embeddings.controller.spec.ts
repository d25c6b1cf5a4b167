import { type Caller, llmEmbed } from '@antiphon/contracts';
import { createLogger, type RunningService, startService } from '@antiphon/service-kit';
import { fail, MemoryBus, ScriptedProvider } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppModule } from '../app.module.ts';
import { encodeChatError } from '../chat/chat-errors.ts';
import { loadConfig } from '../config.ts';

const model = 'embed-small';
const caller: Caller = { userId: 'user_1', tenantId: 'user_1', kind: 'user', scopes: [] };
let provider: ScriptedProvider;
let service: RunningService;
let bus: MemoryBus;
let client: OpenAI;

/** The length of a text and its first character, which a 32-bit float holds exactly. */
const embedPlainly = (texts: readonly string[]) =>
  texts.map((text) => [text.length, text.charCodeAt(0), 0.5]);

async function start(env: NodeJS.ProcessEnv): Promise<[RunningService, MemoryBus]> {
  const config = loadConfig(
    { PORT: '0', AUTH_ANONYMOUS: 'true', SHUTDOWN_DRAIN: '0s', ...env },
    { providers: { backoff_min: '1ms', backoff_max: '1ms' } },
  );
  const started = new MemoryBus();
  const definition = { name: 'llm', config, module: AppModule.with(config), encodeError: encodeChatError };
  return [await startService(definition, started, createLogger('llm', 'silent')), started];
}

beforeAll(async () => {
  provider = await ScriptedProvider.start();
  [service, bus] = await start({ OPENAI_BASE_URL: provider.baseUrl, EMBEDDING_MODEL: model });
  client = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'EMPTY', maxRetries: 0, logLevel: 'off' });
});

afterAll(async () => {
  await service.stop();
  await provider.stop();
});

beforeEach(() => {
  provider.embed = embedPlainly;
  provider.embeddingRequests.length = 0;
});

describe('POST /v1/embeddings', () => {
  it('embeds a text or many, in their order', async () => {
    const one = await client.embeddings.create({ model, input: 'Hi', encoding_format: 'float' });
    expect(one).toMatchObject({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [2, 72, 0.5] }],
      model,
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
    const many = await client.embeddings.create({ model, input: ['a', 'bb', 'ccc'], dimensions: 3 });
    expect(many.data.map(({ index, embedding }) => [index, embedding[0]])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(provider.embeddingRequests[1]).toMatchObject({ model, input: ['a', 'bb', 'ccc'], dimensions: 3 });
  });

  it('writes base64 in the form of the stock client', async () => {
    const { data } = await client.embeddings.create({ model, input: 'Hi' });
    expect(data[0]?.embedding).toEqual([2, 72, 0.5]);
    const plain = await client.embeddings.create({ model, input: 'Hi', encoding_format: 'base64' });
    expect(plain.data[0]?.embedding).toEqual(expect.any(String));
  });

  it('passes tokens on', async () => {
    provider.embed = (inputs) => inputs.map(() => [1]);
    await client.embeddings.create({ model, input: [[1, 2], [3]] });
    expect(provider.embeddingRequests[0]?.['input']).toEqual([[1, 2], [3]]);
  });

  it.each([
    ['model', { input: 'Hi' }],
    ['input', { model, input: '' }],
    ['input', { model, input: [] }],
    ['input', { model, input: ['a', 1] }],
    ['encoding_format', { model, input: 'Hi', encoding_format: 'hex' }],
    ['dimensions', { model, input: 'Hi', dimensions: 0 }],
  ])('names a wrong %s', async (param, body) => {
    const asked = client.embeddings.create(body as OpenAI.EmbeddingCreateParams);
    await expect(asked).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
    expect(provider.embeddingRequests).toHaveLength(0);
  });

  it('retries temporary failures, and reports others', async () => {
    let asked = 0;
    provider.embed = (texts) => (asked++ === 0 ? fail(503) : embedPlainly(texts));
    expect((await client.embeddings.create({ model, input: 'Hi' })).data).toHaveLength(1);
    provider.embed = () => fail(404, { message: 'The model does not exist', code: 'model_not_found' });
    await expect(client.embeddings.create({ model: 'none', input: 'Hi' })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    provider.embed = () => [];
    await expect(client.embeddings.create({ model, input: 'Hi' })).rejects.toMatchObject({ status: 502 });
  });
});

describe('llm.embed', () => {
  const embed = (on: MemoryBus, asked: string | null = null) =>
    on.call(llmEmbed, { caller, model: asked, texts: ['Hi', 'you'] }, 5_000);

  it('uses the model that is configured for embeddings', async () => {
    const { model: used, vectors } = await embed(bus);
    expect(used).toBe(model);
    const read = vectors.map((vector) => Buffer.from(vector, 'base64').readFloatLE(0));
    expect(read).toEqual([2, 3]);
    expect(await embed(bus, 'another')).toMatchObject({ model: 'another' });
  });

  it('returns no vectors where none is configured', async () => {
    const [other, otherBus] = await start({});
    expect(await embed(otherBus)).toEqual({ model: null, vectors: [] });
    await expect(embed(otherBus, 'any')).rejects.toMatchObject({ code: 'model_not_found' });
    await other.stop();
  });
});
