import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

describe('loadConfig', () => {
  it('needs nothing: without a provider the demo answers', () => {
    expect(loadConfig({})).toMatchObject({
      service: { port: 8080 },
      provider: null,
      providerLimits: { connectTimeoutMs: 5_000, firstByteTimeoutMs: 60_000, silenceTimeoutMs: 60_000 },
      retry: { attemptsMax: 3, backoffMinMs: 500, backoffMaxMs: 8_000, retryAfterMaxMs: 30_000 },
      models: { defaultModel: null, unknownModels: 'refuse' },
    });
  });

  it('takes a key for OpenAI and an address for any other server', () => {
    expect(loadConfig({ OPENAI_API_KEY: 'sk-x' })).toMatchObject({
      provider: { baseUrl: 'https://api.openai.com/v1', isOpenAi: true },
      models: { defaultModel: 'gpt-4.1-mini' },
    });
    expect(loadConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' })).toMatchObject({
      provider: { baseUrl: 'http://127.0.0.1:11434/v1', isOpenAi: false },
      models: { defaultModel: null },
      secrets: { openAiApiKey: null },
    });
  });

  it.each([
    ['https://api.openai.com/v1', 'none'],
    ['https://api.deepseek.com/v1', 'all'],
    ['https://api.moonshot.ai/v1', 'all'],
    ['https://notdeepseek.com/v1', 'turn'],
    ['http://127.0.0.1:8000/v1', 'turn'],
  ])('sends thoughts back as %s wants them: %s', (OPENAI_BASE_URL, wanted) => {
    expect(loadConfig({ OPENAI_BASE_URL }).provider?.reasoningSentBack).toBe(wanted);
    expect(loadConfig({ OPENAI_BASE_URL, PROVIDER_REASONING: 'none' }).provider?.reasoningSentBack).toBe(
      'none',
    );
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
    ['PROVIDER_SILENCE_TIMEOUT', '60'],
    ['PROVIDER_REASONING', 'some'],
    ['PROVIDER_ATTEMPTS_MAX', '0'],
  ])('refuses a wrong %s by its name', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(name);
  });
});
