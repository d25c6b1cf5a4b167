import {
  ConfigError,
  duration,
  egressConfig,
  egressEnv,
  integer,
  list,
  optionalText,
  parseDuration,
  readEnv,
  serviceConfig,
  serviceEnv,
  tokenConfig,
  tokenEnv,
} from '@antiphon/service-kit';
import { z } from 'zod';
import { ReasoningSentBack } from './providers/quirks/provider-quirks.ts';
import { presetOf, readQuirkSettings } from './providers/quirks/resolve-quirks.ts';

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
  MODEL_LIST_TTL: duration('5m'),
  MODEL_LIST_TIMEOUT: duration('5s'),
  PROVIDER_NAME: z
    .string()
    .regex(/^[\w. -]{1,40}$/, 'must be 1 to 40 letters, digits, spaces, dots or dashes')
    .optional(),
  PROVIDER_QUIRKS: list([]),
  PROVIDER_REASONING: ReasoningSentBack.optional(),
  PROVIDER_CONNECT_TIMEOUT: duration('5s'),
  PROVIDER_FIRST_BYTE_TIMEOUT: duration('10m'),
  PROVIDER_SILENCE_TIMEOUT: duration('10m'),
  PROVIDER_SILENCE_TIMEOUT_BY_MODEL: list([]),
  PROVIDER_ATTEMPTS_MAX: integer(3, { min: 1, max: 10 }),
  PROVIDER_BACKOFF_MIN: duration('500ms'),
  PROVIDER_BACKOFF_MAX: duration('8s'),
  PROVIDER_RETRY_AFTER_MAX: duration('30s'),
  PROVIDER_CONCURRENCY_MAX: integer(1024, { min: 1 }),
  PROVIDER_ANSWER_BYTES_MAX: integer(32 * 1024 * 1024, { min: 1024 }),
};

/** The environment in our words. Without a key and an address of a provider, the demo provider answers. */
export function loadConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(environment, env);
  const hasProvider = values.OPENAI_API_KEY !== null || values.OPENAI_BASE_URL !== undefined;
  const baseUrl = values.OPENAI_BASE_URL ?? openAiUrl;
  const provider = { baseUrl, isOpenAi: isOpenAi(baseUrl), ...readProvider(baseUrl, values) };
  return Object.freeze({
    service: serviceConfig(values),
    tokens: tokenConfig(values),
    provider: hasProvider ? provider : null,
    egress: egressConfig(values),
    providerLimits: {
      connectTimeoutMs: values.PROVIDER_CONNECT_TIMEOUT,
      firstByteTimeoutMs: values.PROVIDER_FIRST_BYTE_TIMEOUT,
      silenceTimeoutMs: values.PROVIDER_SILENCE_TIMEOUT,
      silenceByModel: readSilenceByModel(values.PROVIDER_SILENCE_TIMEOUT_BY_MODEL),
      concurrencyMax: values.PROVIDER_CONCURRENCY_MAX,
      answerBytesMax: values.PROVIDER_ANSWER_BYTES_MAX,
    },
    retry: {
      attemptsMax: values.PROVIDER_ATTEMPTS_MAX,
      backoffMinMs: values.PROVIDER_BACKOFF_MIN,
      backoffMaxMs: values.PROVIDER_BACKOFF_MAX,
      retryAfterMaxMs: values.PROVIDER_RETRY_AFTER_MAX,
    },
    models: {
      aliases: readAliases(values.MODEL_ALIASES),
      defaultModel: values.DEFAULT_MODEL ?? (hasProvider && isOpenAi(baseUrl) ? 'gpt-4.1-mini' : null),
      unknownModels: values.UNKNOWN_MODELS,
      listTtlMs: values.MODEL_LIST_TTL,
      listTimeoutMs: values.MODEL_LIST_TIMEOUT,
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

/** Who the provider is and what it wants otherwise. A name that the operator gives is the one for routes and for messages. */
function readProvider(
  baseUrl: string,
  values: {
    PROVIDER_NAME?: string | undefined;
    PROVIDER_QUIRKS: string[];
    PROVIDER_REASONING?: ReasoningSentBack | undefined;
  },
) {
  const { preset: presetName, settings } = readQuirks(values.PROVIDER_QUIRKS);
  const preset = presetOf(baseUrl, presetName);
  return {
    name: values.PROVIDER_NAME ?? 'openai',
    title: values.PROVIDER_NAME ?? preset?.title ?? 'of this server',
    quirks: {
      preset,
      settings: {
        ...settings,
        ...(values.PROVIDER_REASONING !== undefined && { reasoning_sent_back: values.PROVIDER_REASONING }),
      },
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

/** `o3-*=30m`: names of models, `*` for any characters, and how long they may be silent. */
function readSilenceByModel(entries: readonly string[]): { names: RegExp; timeoutMs: number }[] {
  return entries.map((entry) => {
    const [pattern = '', text = ''] = entry.split('=', 2).map((part) => part.trim());
    const timeoutMs = parseDuration(text);
    if (pattern === '' || timeoutMs === null)
      throw new ConfigError(
        `PROVIDER_SILENCE_TIMEOUT_BY_MODEL: must be model=duration pairs, got "${entry}"`,
      );
    const escaped = pattern.split('*').map((part) => part.replace(/[^\w-]/g, '\\$&'));
    return { names: new RegExp(`^${escaped.join('.*')}$`), timeoutMs };
  });
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
