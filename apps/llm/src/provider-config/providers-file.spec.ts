import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { environmentProviders } from './environment-providers.ts';
import { parseProvidersFile, type ReadProviders } from './providers-file.ts';

const keys = { ANTHROPIC_API_KEY: 'sk-ant', GROQ_API_KEY: 'gsk', OPENAI_API_KEY: 'sk' };

function read(text: string, env: NodeJS.ProcessEnv = {}): ReadProviders {
  const fromEnvironment = environmentProviders(env, { streams: 'always' });
  return parseProvidersFile(text, 'providers.yml', { env, fromEnvironment, streams: 'always' });
}

const example = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../../examples', name), 'utf8');

/** One provider, with these fields. */
const one = (fields: string) => `providers:\n  - { name: one, ${fields} }\n`;

function complaint(text: string, env?: NodeJS.ProcessEnv): string {
  try {
    read(text, env);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : '';
  }
  return 'it was taken';
}

describe('the examples', () => {
  it('of the overview are read', () => {
    const { providers, models, warnings } = read(example('providers.yml'), keys);
    expect(providers).toMatchObject([
      {
        name: 'anthropic',
        protocol: 'anthropic_messages',
        baseUrl: 'https://api.anthropic.com/v1',
        credentials: { type: 'header', name: 'x-api-key', key: 'sk-ant' },
        headers: { 'anthropic-version': '2023-06-01' },
        account: 'api.anthropic.com#anthropic',
        models: null,
        weight: 1,
      },
      {
        name: 'fast',
        protocol: 'chat_completions',
        baseUrl: 'https://api.groq.com/openai/v1',
        credentials: { type: 'bearer', key: 'gsk' },
        quirks: { preset: { title: 'Groq' } },
        models: ['llama-3.3-70b'],
        weight: 3,
        limits: { room: { concurrencyMax: 50, queueMax: 20, queueWaitMs: 5_000 } },
      },
      {
        name: 'lab',
        protocol: 'ollama',
        baseUrl: 'http://10.0.0.5:11434',
        credentials: { type: 'none' },
        models: ['llama3.1:8b'],
        limits: { silenceTimeoutMs: 600_000 },
      },
    ]);
    expect(models.get('smart')).toEqual({
      route: [{ to: 'anthropic/claude-sonnet', weight: 3 }],
      fallback: ['lab/llama3.1:8b'],
      select: 'weighted',
      fallbackOn: [],
    });
    expect(warnings).toEqual([
      'models.smart.route.1.to: openai/gpt-5 is left out, because no provider openai is configured',
    ]);
  });

  it('of the clouds are read, with the key of a service account as JSON', () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const { providers, models } = read(example('providers-clouds.yml'), {
      AZURE_OPENAI_API_KEY: 'az',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
      GOOGLE_SERVICE_ACCOUNT: JSON.stringify({ client_email: 'me@x.example', private_key: privateKey }),
    });
    expect(providers).toMatchObject([
      {
        name: 'azure',
        credentials: { type: 'header', name: 'api-key', key: 'az' },
        models: ['gpt-5', 'our-drafts'],
        stated: {
          facts: { 'our-drafts': { contextWindow: 400_000, outputTokensMax: 128_000, hasReasoning: true } },
          prices: { 'our-drafts': { input: 0.25, output: 2, cachedInput: 0.025, cacheWrite: null } },
        },
      },
      {
        name: 'bedrock',
        baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
        credentials: { type: 'aws', region: 'eu-west-1', credentials: { sessionToken: null } },
      },
      {
        name: 'vertex',
        baseUrl:
          'https://europe-west1-aiplatform.googleapis.com/v1/projects/our-project/locations/europe-west1/publishers/google',
        credentials: { type: 'google', account: { client_email: 'me@x.example' } },
      },
      {
        name: 'proxy',
        account: 'shared',
        streams: 'when_read',
        headers: { 'x-team': 'research' },
        quirks: { preset: null, settings: { system_messages: 'keep', drop_fields: ['user', 'seed'] } },
        limits: { connectTimeoutMs: 2_000, firstByteTimeoutMs: 300_000, silenceTimeoutMs: 300_000 },
      },
    ]);
    expect(models.get('default-chat')).toMatchObject({
      route: [{ to: 'azure/gpt-5', weight: 1 }],
      fallback: [],
    });
  });
});

describe('where hosted tools run', () => {
  const entry = (more: string) => `providers: [{ name: a, preset: openai, api_key: k${more} }]`;

  it('is here, unless the provider runs its own', () => {
    const whereOf = (more: string) => read(entry(more)).providers[0]?.hostedTools;
    expect([whereOf(''), whereOf(', hosted_tools: native')]).toEqual(['ours', 'native']);
    expect(complaint(entry(', hosted_tools: theirs'))).toMatch(/hosted_tools.*must be native or ours/);
  });
});

describe('the providers of the environment', () => {
  const env = { GROQ_API_KEY: 'gsk', MISTRAL_API_KEY: 'mk', XAI_API_KEY: 'xk' };

  it('follow those of the file, except what the file has under their names or with their keys', () => {
    const text = `providers:
  - { name: fast, preset: groq, api_key: "\${GROQ_API_KEY}" }
  - { name: mistral, preset: mistral, api_key: another }
`;
    expect(read(text, env).providers.map(({ name }) => name)).toEqual(['fast', 'mistral', 'xai']);
  });

  it('can be switched off by name', () => {
    const text = 'providers: [{ name: xai, preset: openai_compatible, enabled: false }]';
    expect(read(text, env).providers.map(({ name }) => name)).toEqual(['mistral', 'groq']);
    expect(read('', env).providers).toHaveLength(3);
  });
});

it('names the API of a provider by its preset, or by itself', () => {
  const protocolOf = (fields: string) => read(one(`${fields}, api_key: k`), {}).providers[0]?.protocol;
  expect(protocolOf('preset: openai')).toBe('openai');
  expect(protocolOf('preset: azure_openai, base_url: "https://our.openai.azure.com/openai/v1"')).toBe(
    'openai',
  );
  expect(protocolOf('preset: openai, protocol: openai_responses')).toBe('openai_responses');
  expect(protocolOf('preset: vllm, protocol: openai_responses')).toBe('openai_responses');
});

describe('a wrong file', () => {
  it.each([
    ['providers: {}', 'line 1: providers: must be an array'],
    ['provider: []', 'line 1: provider: '],
    ['providers: [', 'line 1: '],
    ['providers: [{ preset: groq }]', 'line 1: providers.0.name: '],
    ['providers: [{ name: none, preset: groq }]', 'line 1: providers.0.name: must not be "none"'],
    ['providers: [{ name: a/b, preset: groq, api_key: k }]', 'providers.0.name: must be 1 to 40'],
    [one('preset: grok, api_key: k'), 'line 2: providers.0.preset: must be one of openai, azure_openai'],
    [
      one('preset: openai, api_key: k, protocol: chat'),
      'providers.0.protocol: must be one of openai, chat_completions',
    ],
    [one('preset: groq'), 'line 2: providers.0.api_key: must be set for groq'],
    [one('preset: groq, api_key: "${NO_KEY}"'), 'providers.0.api_key: the variable NO_KEY must be set'],
    [one('preset: groq, api_key: k, base_url: groq'), 'providers.0.base_url: must be an http or https URL'],
    [one('preset: openai_compatible'), 'providers.0.base_url: must be set for openai_compatible'],
    [one('preset: groq, api_key: k, timeouts: { silence: 10 }'), 'providers.0.timeouts.silence: '],
    [one('preset: groq, api_key: k, timeouts: { silence: ten }'), 'must be a duration such as 45s'],
    [
      one('preset: groq, api_key: k, facts: { m: { context_window: large } }'),
      'line 2: providers.0.facts.m.context_window: ',
    ],
    [one('preset: groq, api_key: k, facts: { m: { tool: true } }'), 'providers.0.facts.m.tool: '],
    [one('preset: groq, api_key: k, prices: { m: { input: 1 } }'), 'providers.0.prices.m.output: '],
    [
      one('preset: groq, api_key: k, prices: { m: { input: -1, output: 1 } }'),
      'providers.0.prices.m.input: ',
    ],
    [one('preset: groq, api_key: k, weight: -1'), 'providers.0.weight: '],
    [one('preset: groq, api_key: k, concurrency: 0'), 'providers.0.concurrency: '],
    [one('preset: groq, api_key: k, quirks: { system: keep }'), 'providers.0.quirks.system: '],
    [one('preset: groq, api_key: k, quirks: { system_messages: drop }'), 'must be keep or merge'],
    [one('preset: groq, api_key: k, headers: { Authorization: x }'), 'providers.0.headers.Authorization: '],
    [
      one('preset: groq, api_key: k, secret_access_key: s'),
      'providers.0.secret_access_key: is not used by groq',
    ],
    [
      one('preset: aws_bedrock, region: eu-west-1, secret_access_key: s'),
      'providers.0.access_key_id: must be set together with',
    ],
    [
      one('preset: aws_bedrock, region: r, access_key_id: a, secret_access_key: s, profile: p'),
      'providers.0.profile: cannot be combined with keys',
    ],
    [one('preset: groq, api_key: k, profile: p'), 'providers.0.profile: is not used by groq'],
    [one('preset: aws_bedrock, access_key_id: a, secret_access_key: b'), 'providers.0.region: must be set'],
    [one('preset: vertex, region: global, service_account: /nowhere'), 'providers.0.project: must be set'],
    [
      one('preset: vertex, region: global, project: p, service_account: /nowhere'),
      'providers.0.service_account: must be the JSON of a key, or the path of its file (ENOENT)',
    ],
    [
      one('preset: vertex, region: global, project: p, service_account: "{}"'),
      'providers.0.service_account: client_email',
    ],
    [
      `${one('preset: ollama')}  - { name: one, preset: vllm }`,
      'line 3: providers.1.name: "one" is taken by another provider',
    ],
    [
      `${one('preset: ollama')}models: { smart: { route: [ { to: tow/x } ] } }`,
      'line 3: models.smart.route.0.to: must begin with one of one, got "tow/x"',
    ],
    [`${one('preset: ollama')}models: { smart: { route: [] } }`, 'models.smart.route: must not be empty'],
    [
      `${one('preset: ollama')}models: { smart: { route: [ { to: one/x } ], fallback: [tow/x] } }`,
      'fallback.0',
    ],
  ])('%s is refused by its path', (text, expected) => {
    const said = complaint(text);
    expect(said).toContain('ConfigError: providers.yml is not usable');
    expect(said).toContain(expected);
  });

  it('is refused with all its faults, and without its secrets', () => {
    const said = complaint(
      `providers:
  - { name: one, preset: groq, api_key: "\${KEY}", models: none }
  - { name: two, preset: ollama, service_account: "\${KEY}" , weight: none }
`,
      { KEY: 'sk-very-secret' },
    );
    expect(said).toContain('providers.0.models');
    expect(said).toContain('providers.1.weight');
    expect(said).not.toContain('sk-very-secret');
  });
});
