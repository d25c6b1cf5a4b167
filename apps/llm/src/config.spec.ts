import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { quirksFor } from './protocols/quirks/resolve-quirks.ts';

/** The provider of the environment; null where there is none. */
const providerOf = (env: NodeJS.ProcessEnv) => loadConfig(env).providers.fromEnvironment[0]?.settings ?? null;

describe('loadConfig', () => {
  it('needs nothing: without a provider the demo answers', () => {
    expect(loadConfig({})).toMatchObject({
      service: { port: 8080 },
      providers: { file: null, fromEnvironment: [], findsLocalServers: false },
      providerLimits: { connectTimeoutMs: 5_000, firstByteTimeoutMs: 600_000, silenceTimeoutMs: 600_000 },
      attempts: {
        roundsMax: 3,
        attemptsTotalMax: 12,
        timeoutMs: 1_200_000,
        backoffMinMs: 500,
        backoffMaxMs: 8_000,
        retryAfterMaxMs: 30_000,
      },
      models: { defaultModel: null, unknownModels: 'refuse' },
    });
  });

  it('needs a key for OpenAI, and an address for any other server', () => {
    expect(providerOf({ OPENAI_API_KEY: 'sk-x' })).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      protocol: 'openai',
      credentials: { type: 'bearer', key: 'sk-x' },
      account: 'api.openai.com',
    });
    expect(loadConfig({ OPENAI_API_KEY: 'sk-x' }).models.defaultModel).toBe('gpt-4.1-mini');
    const local = { OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' };
    expect(providerOf(local)).toMatchObject({
      baseUrl: 'http://127.0.0.1:11434/v1',
      protocol: 'chat_completions',
      credentials: { type: 'none' },
    });
    expect(loadConfig(local).models.defaultModel).toBeNull();
  });

  it.each([
    ['https://api.openai.com/v1', 'none'],
    ['https://api.deepseek.com/v1', 'all'],
    ['https://api.moonshot.ai/v1', 'all'],
    ['https://notdeepseek.com/v1', 'turn'],
    ['http://127.0.0.1:8000/v1', 'turn'],
  ])('sends thoughts back as %s wants them: %s', (OPENAI_BASE_URL, wanted) => {
    const sentBack = (env: Record<string, string>) => {
      const provider = providerOf({ OPENAI_BASE_URL, ...env });
      return provider && quirksFor('a-model', provider.quirks).reasoning_sent_back;
    };
    expect(sentBack({})).toBe(wanted);
    expect(sentBack({ PROVIDER_QUIRKS: 'reasoning_sent_back=none' })).toBe('none');
  });

  it.each([
    ['https://api.openai.com/v1', 'openai'],
    ['https://our.openai.azure.com/openai/v1', 'openai'],
    ['https://api.mistral.ai/v1', 'chat_completions'],
    ['http://127.0.0.1:4000/v1', 'chat_completions'],
  ])('asks %s by %s', (OPENAI_BASE_URL, protocol) => {
    expect(providerOf({ OPENAI_BASE_URL })).toMatchObject({ protocol });
    // A proxy that stands for OpenAI may have chat completions only.
    expect(providerOf({ OPENAI_BASE_URL, PROVIDER_QUIRKS: 'preset=openai' })).toMatchObject({ protocol });
  });

  it("names the provider in messages by its host or by the operator's name", () => {
    const nameOf = (env: Record<string, string>) => {
      const provider = providerOf(env);
      return [provider?.name, provider?.title];
    };
    expect(nameOf({ OPENAI_API_KEY: 'sk-x' })).toEqual(['openai', 'OpenAI']);
    expect(nameOf({ OPENAI_BASE_URL: 'https://api.mistral.ai/v1' })).toEqual(['openai', 'Mistral']);
    expect(nameOf({ OPENAI_BASE_URL: 'http://10.0.0.1:8000/v1' })).toEqual(['openai', 'of this server']);
    expect(nameOf({ OPENAI_BASE_URL: 'http://10.0.0.1:8000/v1', PROVIDER_NAME: 'our-vllm' })).toEqual([
      'our-vllm',
      'our-vllm',
    ]);
  });

  it('reads quirks: a row of the table, and the differences from it', () => {
    const provider = providerOf({
      OPENAI_BASE_URL: 'http://127.0.0.1:4000/v1',
      PROVIDER_QUIRKS: 'preset=mistral, system_messages=keep, drop_fields=user store, stream_options=true',
    });
    expect(provider && quirksFor('x', provider.quirks)).toMatchObject({
      thoughts: 'parts',
      system_messages: 'keep',
      drop_fields: ['user', 'store'],
      stream_options: true,
    });
  });

  it('names the fields that can be dropped', () => {
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:4000/v1', PROVIDER_QUIRKS: 'drop_fields=model' };
    expect(() => loadConfig(env)).toThrow(/drop_fields must be some of .*\bseed\b.*, separated by spaces/);
  });

  it('reads the silence timeouts by model', () => {
    const { silenceByModel } = loadConfig(
      {},
      { providers: { silence_timeout_by_model: ['o3-*=30m', 'qwen/a.b=90s'] } },
    ).providerLimits;
    const silenceOf = (model: string) => silenceByModel.find(({ names }) => names.test(model))?.timeoutMs;
    expect(silenceOf('o3-deep-research')).toBe(1_800_000);
    expect(silenceOf('qwen/a.b')).toBe(90_000);
    expect(silenceOf('qwen/axb')).toBeUndefined();
    expect(silenceOf('not-o3-x')).toBeUndefined();
  });

  it('reads aliases', () => {
    expect(loadConfig({ MODEL_ALIASES: 'fast=openai/gpt-4.1-mini, big = qwen' }).models.aliases).toEqual(
      new Map([
        ['fast', 'openai/gpt-4.1-mini'],
        ['big', 'qwen'],
      ]),
    );
  });

  it.each([
    ['OPENAI_BASE_URL', 'localhost:11434'],
    ['UNKNOWN_MODELS', 'maybe'],
    ['MODEL_ALIASES', 'fast'],
    ['PROVIDER_QUIRKS', 'preset=unknown'],
    ['PROVIDER_QUIRKS', 'system=keep'],
    ['PROVIDER_QUIRKS', 'reasoning_sent_back=some'],
    ['PROVIDER_QUIRKS', 'system_messages=drop'],
    ['PROVIDER_QUIRKS', 'drop_fields=model'],
    ['PROVIDER_QUIRKS', 'stream_options=maybe'],
    ['PROVIDER_NAME', 'a/b'],
    ['PROVIDER_STREAM', 'never'],
    ['LOCAL_PROVIDERS', 'some'],
    ['LLM_PROVIDERS_FILE', '/nowhere/providers.yaml'],
  ])('refuses a wrong %s by its name', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(name);
  });

  it.each([
    ['silence_timeout', '60'],
    ['silence_timeout_by_model', ['o3=long']],
    ['attempts_max', 0],
  ])('refuses a wrong limit %s by its path', (name, value) => {
    expect(() => loadConfig({}, { providers: { [name]: value } })).toThrow(`providers.${name}: must be`);
  });
});
