import {
  ConfigError,
  duration,
  egressConfig,
  egressEnv,
  egressLimits,
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
import { presetOf, readQuirkSettings } from './protocols/chat-completions/quirks/resolve-quirks.ts';

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
  UNKNOWN_MODELS: z.enum(['refuse', 'default'], { error: 'must be refuse or default' }).default('refuse'),
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
};

/** The sections of the limits file that this service reads. */
export const limitSections = { ...serviceLimits, ...signingKeysLimits, ...egressLimits, ...llmLimits };

/**
 * The service's config from the environment and the limits file. Without a key and a base URL of a provider, the demo provider answers.
 * Throws ConfigError that names the invalid settings.
 */
export function loadConfig(env: NodeJS.ProcessEnv, file: LimitsFile = readLimitsFile(env)) {
  const values = readEnv(environment, env);
  const limits = readLimits(limitSections, file, env['LIMITS_FILE']);
  const { providers } = limits;
  const hasProvider = values.OPENAI_API_KEY !== null || values.OPENAI_BASE_URL !== undefined;
  const baseUrl = values.OPENAI_BASE_URL ?? openAiUrl;
  const provider = {
    baseUrl,
    isOpenAi: isOpenAi(baseUrl),
    streams: values.PROVIDER_STREAM,
    ...readProvider(baseUrl, values),
  };
  return Object.freeze({
    service: serviceConfig(values, limits),
    tokens: tokenConfig(values, limits),
    provider: hasProvider ? provider : null,
    egress: egressConfig(values, limits),
    providerLimits: {
      connectTimeoutMs: providers.connect_timeout,
      firstByteTimeoutMs: providers.first_byte_timeout,
      silenceTimeoutMs: providers.silence_timeout,
      silenceByModel: providers.silence_timeout_by_model.map(([pattern, timeoutMs]) => ({
        names: namesOf(pattern),
        timeoutMs,
      })),
      concurrencyMax: providers.concurrency_max,
      answerBytesMax: providers.answer_bytes_max,
    },
    retry: {
      attemptsMax: providers.attempts_max,
      backoffMinMs: providers.backoff_min,
      backoffMaxMs: providers.backoff_max,
      retryAfterMaxMs: providers.retry_after_max,
    },
    models: {
      aliases: readAliases(values.MODEL_ALIASES),
      defaultModel: values.DEFAULT_MODEL ?? (hasProvider && isOpenAi(baseUrl) ? 'gpt-4.1-mini' : null),
      unknownModels: values.UNKNOWN_MODELS,
      listTtlMs: providers.model_list_ttl,
      listTimeoutMs: providers.model_list_timeout,
    },
    /** How long a stream may be silent before a comment is sent. */
    heartbeatMs: values.SSE_HEARTBEAT,
    embeddingModel: values.EMBEDDING_MODEL,
    secrets: { openAiApiKey: values.OPENAI_API_KEY },
  });
}

function isOpenAi(baseUrl: string): boolean {
  return new URL(baseUrl).hostname === 'api.openai.com';
}

/** The provider's names and its differences from OpenAI. A name that the operator sets is used in routes and in messages. */
function readProvider(
  baseUrl: string,
  values: {
    PROVIDER_NAME?: string | undefined;
    PROVIDER_QUIRKS: string[];
  },
) {
  const { preset: presetName, settings } = readQuirks(values.PROVIDER_QUIRKS);
  const preset = presetOf(baseUrl, presetName);
  return {
    name: values.PROVIDER_NAME ?? 'openai',
    title: values.PROVIDER_NAME ?? preset?.title ?? 'of this server',
    quirks: {
      preset,
      settings,
    },
  };
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
