import {
  ConfigError,
  duration,
  egressConfig,
  egressEnv,
  egressLimits,
  flag,
  type LimitsFile,
  list,
  optionalText,
  readEnv,
  readLimits,
  readLimitsFile,
  serviceConfig,
  serviceEnv,
  serviceLimits,
  signingKeysLimits,
  tokenConfig,
  tokenEnv,
} from '@antiphon/service-kit';
import { z } from 'zod';
import { llmLimits } from './limits.ts';
import { providerTable } from './presets/provider-table.ts';
import { presetOf, readQuirkSettings } from './protocols/quirks/resolve-quirks.ts';
import { type EnvironmentProvider, environmentProviders } from './provider-config/environment-providers.ts';
import type { ProviderSettings } from './provider-config/provider-settings.ts';
import { openProvidersFile } from './provider-config/providers-file.ts';
import type { ProviderStreams } from './providers/http-provider.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Nest's token for the app's config. */
export const LLM_CONFIG = Symbol('llm config');

const openAiUrl = 'https://api.openai.com/v1';

const environment = {
  ...serviceEnv(8080),
  ...tokenEnv,
  ...egressEnv,
  OPENAI_API_KEY: optionalText(),
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  DEFAULT_MODEL: optionalText(),
  UNKNOWN_MODELS: z
    .enum(['refuse', 'default', 'pass'], { error: 'must be refuse, default or pass' })
    .default('refuse'),
  SSE_HEARTBEAT: duration('15s'),
  EMBEDDING_MODEL: optionalText(),
  MODEL_ALIASES: list([]),
  PROVIDER_NAME: z
    .string()
    .regex(/^[\w. -]{1,40}$/, 'must be 1 to 40 letters, digits, spaces, dots or dashes')
    .optional(),
  PROVIDER_QUIRKS: list([]),
  PROVIDER_STREAM: z
    .enum(['always', 'when_read'], { error: 'must be always or when_read' })
    .default('always'),
  LLM_PROVIDERS_FILE: optionalText(),
  LOCAL_PROVIDERS: flag(false),
};

/** The sections of the limits file that this service reads. */
export const limitSections = { ...serviceLimits, ...signingKeysLimits, ...egressLimits, ...llmLimits };

/**
 * The service's config from the environment, the limits file and the providers file. Without any provider the demo provider answers.
 * Throws ConfigError that names the invalid settings.
 */
export function loadConfig(env: NodeJS.ProcessEnv, file: LimitsFile = readLimitsFile(env)) {
  const values = readEnv(environment, env);
  const limits = readLimits(limitSections, file, env['LIMITS_FILE']);
  const { providers } = limits;
  const streams = values.PROVIDER_STREAM;
  const provider = readOwnProvider(values);
  const fromEnvironment = [
    ...(provider === null ? [] : [{ settings: provider, variables: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'] }]),
    ...environmentProviders(env, { streams }),
  ];
  refuseTakenName(fromEnvironment);
  const path = values.LLM_PROVIDERS_FILE;
  return Object.freeze({
    service: serviceConfig(values, limits),
    tokens: tokenConfig(values, limits),
    providers: {
      file: path === null ? null : openProvidersFile(path, { env, fromEnvironment, streams }),
      fromEnvironment,
      /** Whether model servers on the usual ports of this machine are used too. */
      findsLocalServers: values.LOCAL_PROVIDERS,
      streams,
    },
    egress: egressConfig(values, limits),
    providerLimits: {
      connectTimeoutMs: providers.connect_timeout,
      firstByteTimeoutMs: providers.first_byte_timeout,
      silenceTimeoutMs: providers.silence_timeout,
      silenceByModel: providers.silence_timeout_by_model.map(([pattern, timeoutMs]) => ({
        names: namesOf(pattern),
        timeoutMs,
      })),
      room: {
        concurrencyMax: providers.concurrency_max,
        queueMax: providers.queue_max,
        queueWaitMs: providers.queue_wait,
      },
      answerBytesMax: providers.answer_bytes_max,
      embeddingRequestsMax: providers.embedding_requests_max,
    },
    attempts: {
      roundsMax: providers.attempts_max,
      attemptsTotalMax: providers.attempts_total_max,
      timeoutMs: providers.attempts_timeout,
      backoffMinMs: providers.backoff_min,
      backoffMaxMs: providers.backoff_max,
      retryAfterMaxMs: providers.retry_after_max,
    },
    health: {
      repeatPercentMax: providers.repeat_percent_max,
      repeatsMin: providers.repeats_min,
      rateLimitCooldownMs: providers.rate_limit_cooldown,
      accountCooldownMs: providers.account_cooldown,
      breakerFailuresMin: providers.breaker_failures_min,
      breakerFailurePercent: providers.breaker_failure_percent,
      breakerWindowMs: providers.breaker_window,
      breakerOpenMs: providers.breaker_open,
    },
    models: {
      aliases: readAliases(values.MODEL_ALIASES),
      defaultModel: values.DEFAULT_MODEL ?? (path === null && isOpenAi(provider) ? 'gpt-4.1-mini' : null),
      unknownModels: values.UNKNOWN_MODELS,
      listTtlMs: providers.model_list_ttl,
      listTimeoutMs: providers.model_list_timeout,
    },
    /** How long a stream may be silent before a comment is sent. */
    heartbeatMs: values.SSE_HEARTBEAT,
    embeddingModel: values.EMBEDDING_MODEL,
    images: {
      model: limits.images.model,
      countMax: limits.images.count_max,
      editBytesMax: limits.images.edit_bytes_max,
      timeoutMs: limits.images.timeout,
    },
  });
}

function isOpenAi(provider: ProviderSettings | null): boolean {
  return provider !== null && new URL(provider.baseUrl).hostname === 'api.openai.com';
}

/** The provider of OPENAI_API_KEY and OPENAI_BASE_URL. A name that the operator sets is used in routes and in messages. */
function readOwnProvider(values: {
  OPENAI_API_KEY: string | null;
  OPENAI_BASE_URL?: string | undefined;
  PROVIDER_NAME?: string | undefined;
  PROVIDER_QUIRKS: string[];
  PROVIDER_STREAM: ProviderStreams;
}): ProviderSettings | null {
  const { preset: presetName, settings } = readQuirks(values.PROVIDER_QUIRKS);
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: url, PROVIDER_NAME: name } = values;
  if (key === null && url === undefined) return null;
  const baseUrl = url ?? openAiUrl;
  const preset = presetOf(baseUrl, presetName);
  return {
    name: name ?? 'openai',
    title: name ?? preset?.title ?? 'of this server',
    protocol: isOpenAiHost(baseUrl) ? 'openai' : 'chat_completions',
    baseUrl,
    credentials: key === null ? { type: 'none' } : { type: 'bearer', key },
    headers: {},
    account: new URL(baseUrl).host,
    quirks: { preset, settings },
    models: null,
    stated: { facts: {}, prices: {} },
    weight: 1,
    limits: { room: {} },
    streams: values.PROVIDER_STREAM,
  };
}

/** Whether OpenAI or Azure itself is at a base URL: a proxy that stands for them may have chat completions only. */
function isOpenAiHost(baseUrl: string): boolean {
  const row = presetOf(baseUrl, null);
  return row !== null && (row === providerTable['openai'] || row === providerTable['azure']);
}

/** PROVIDER_NAME may be the name of a provider that another variable adds. */
function refuseTakenName(providers: readonly EnvironmentProvider[]): void {
  const taken = providers.find(
    ({ settings: { name } }, place) =>
      providers.findIndex(({ settings }) => settings.name === name) !== place,
  );
  if (taken !== undefined)
    throw new ConfigError(
      `PROVIDER_NAME: "${taken.settings.name}" is the name of the provider of ${taken.variables.join(', ')}`,
    );
}

function readQuirks(entries: readonly string[]): ReturnType<typeof readQuirkSettings> {
  try {
    return readQuirkSettings(entries);
  } catch (cause) {
    throw new ConfigError(`PROVIDER_QUIRKS: ${cause instanceof Error ? cause.message : 'cannot be read'}`);
  }
}

/** The models whose names match a pattern, in which `*` stands for any characters. */
function namesOf(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[^\w-]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}

function readAliases(entries: readonly string[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const entry of entries) {
    const [alias = '', model = ''] = entry.split('=', 2).map((text) => text.trim());
    if (alias === '' || model === '')
      throw new ConfigError(`MODEL_ALIASES: must be alias=model pairs, got "${entry}"`);
    aliases.set(alias, model);
  }
  return aliases;
}
