import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presets } from '../presets/presets.ts';
import { providerTable } from '../presets/provider-table.ts';
import { loadConfig } from '../config.ts';
import { environmentProviders, providerVariables } from './environment-providers.ts';

const read = (env: NodeJS.ProcessEnv) =>
  environmentProviders(env, { streams: 'always' }).map(({ settings }) => settings);

describe('the environment', () => {
  it('adds a provider for each key, under the name of its preset', () => {
    const keyed = Object.entries(presets).filter(([, { keyVariable }]) => keyVariable !== undefined);
    const env: NodeJS.ProcessEnv = {};
    for (const [name, { keyVariable = '' }] of keyed) env[keyVariable] = `key-of-${name}`;
    expect(read(env).map(({ name, credentials }) => [name, 'key' in credentials && credentials.key])).toEqual(
      keyed.map(([name]) => [name, `key-of-${name}`]),
    );
    expect(Object.keys(env).toSorted()).toEqual([
      'ANTHROPIC_API_KEY',
      'DEEPSEEK_API_KEY',
      'GEMINI_API_KEY',
      'GROQ_API_KEY',
      'MISTRAL_API_KEY',
      'OPENROUTER_API_KEY',
      'XAI_API_KEY',
    ]);
  });

  it('names it in messages as its table does, with its host as the account', () => {
    expect(read({ DEEPSEEK_API_KEY: 'k' })).toMatchObject([
      { name: 'deepseek', title: 'DeepSeek', account: 'api.deepseek.com' },
    ]);
  });

  it("adds Azure's resource, at its current path or at the given one", () => {
    const azure = { AZURE_OPENAI_ENDPOINT: 'https://our.openai.azure.com/', AZURE_OPENAI_API_KEY: 'k' };
    expect(read(azure)).toMatchObject([
      { name: 'azure_openai', baseUrl: 'https://our.openai.azure.com/openai/v1', title: 'Azure OpenAI' },
    ]);
    expect(read({ ...azure, AZURE_OPENAI_API_VERSION: 'preview' })[0]?.baseUrl).toBe(
      'https://our.openai.azure.com/openai/v1?api-version=preview',
    );
    expect(read(azure)[0]?.credentials).toEqual({ type: 'header', name: 'api-key', key: 'k' });
    expect(read({ ...azure, AZURE_OPENAI_API_KEY: '' })[0]?.credentials).toEqual({ type: 'azure' });
    expect(read({ AZURE_OPENAI_API_KEY: 'k' })).toEqual([]);
    expect(() => read({ ...azure, AZURE_OPENAI_ENDPOINT: 'our' })).toThrow('AZURE_OPENAI_ENDPOINT');
  });

  it("adds Bedrock for AWS's credentials with a region", () => {
    const aws = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 's', AWS_DEFAULT_REGION: 'eu-west-1' };
    expect(read({ ...aws, AWS_SESSION_TOKEN: 't' })).toMatchObject([
      {
        name: 'aws_bedrock',
        baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
        credentials: { type: 'aws', region: 'eu-west-1', credentials: { sessionToken: 't' } },
      },
    ]);
    expect(read({ AWS_BEARER_TOKEN_BEDROCK: 'b', AWS_REGION: 'us-east-1' })).toMatchObject([
      { credentials: { type: 'bearer', key: 'b' } },
    ]);
    expect(read({ ...aws, AWS_DEFAULT_REGION: '' })).toEqual([]);
  });

  it('puts the provider of OPENAI_API_KEY first, and refuses its name for two', () => {
    const env = { OPENAI_API_KEY: 'sk', GROQ_API_KEY: 'gsk' };
    expect(loadConfig(env).providers.fromEnvironment.map(({ settings }) => settings.name)).toEqual([
      'openai',
      'groq',
    ]);
    expect(() => loadConfig({ ...env, PROVIDER_NAME: 'groq' })).toThrow(
      'PROVIDER_NAME: "groq" is the name of the provider of GROQ_API_KEY',
    );
  });
});

describe('a preset', () => {
  it.each(Object.entries(presets))('%s has quirks, and a base URL that is one', (_name, preset) => {
    if (preset.quirks !== null) expect(providerTable).toHaveProperty(preset.quirks);
    const filled = preset.baseUrl?.replace(/\{\w+\}/g, 'x') ?? 'https://given.example/v1';
    expect(new URL(filled).pathname).not.toMatch(/.\/$/);
  });

  it.each(['.env.example', 'docs/providers.md', 'docker-compose.yml', 'docker-compose.compact.yml'])(
    'and its variables are in %s',
    (file) => {
      const text = readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8');
      expect(providerVariables.filter((variable) => !new RegExp(`\\b${variable}\\b`).test(text))).toEqual([]);
    },
  );

  it.each(Object.keys(presets))('%s is described in docs/providers.md', (name) => {
    const text = readFileSync(join(import.meta.dirname, '../../../../docs/providers.md'), 'utf8');
    expect(text).toContain(`\`${name}\``);
  });
});
