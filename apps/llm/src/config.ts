import {
  ConfigError,
  duration,
  integer,
  list,
  optionalText,
  readEnv,
  serviceConfig,
  serviceEnv,
  tokenConfig,
  tokenEnv,
} from '@antiphon/service-kit';
import { z } from 'zod';
import type { ReasoningSentBack } from './providers/chat-messages.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Nest's token for the app's config. */
export const LLM_CONFIG = Symbol('llm config');

const openAiUrl = 'https://api.openai.com/v1';

const environment = {
  ...serviceEnv(8080),
  ...tokenEnv,
  OPENAI_API_KEY: optionalText(),
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  DEFAULT_MODEL: optionalText(),
  UNKNOWN_MODELS: z.enum(['refuse', 'default'], { error: 'must be refuse or default' }).default('refuse'),
  SSE_HEARTBEAT: duration('15s'),
  EMBEDDING_MODEL: optionalText(),
  MODEL_ALIASES: list([]),
  MODEL_LIST_TTL: duration('5m'),
  MODEL_LIST_TIMEOUT: duration('5s'),
  PROVIDER_REASONING: z.enum(['none', 'turn', 'all'], { error: 'must be none, turn or all' }).optional(),
  PROVIDER_CONNECT_TIMEOUT: duration('5s'),
  PROVIDER_FIRST_BYTE_TIMEOUT: duration('60s'),
  PROVIDER_SILENCE_TIMEOUT: duration('60s'),
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
  return Object.freeze({
    service: serviceConfig(values),
    tokens: tokenConfig(values),
    provider: hasProvider
      ? {
          name: 'openai',
          baseUrl,
          isOpenAi: isOpenAi(baseUrl),
          reasoningSentBack: values.PROVIDER_REASONING ?? reasoningWantedBack(baseUrl),
        }
      : null,
    providerLimits: {
      connectTimeoutMs: values.PROVIDER_CONNECT_TIMEOUT,
      firstByteTimeoutMs: values.PROVIDER_FIRST_BYTE_TIMEOUT,
      silenceTimeoutMs: values.PROVIDER_SILENCE_TIMEOUT,
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

/** OpenAI knows no such field; DeepSeek and Moonshot refuse messages that lack it; who sends it otherwise reads it within a turn. */
function reasoningWantedBack(baseUrl: string): ReasoningSentBack {
  if (isOpenAi(baseUrl)) return 'none';
  return /(^|\.)(deepseek\.com|moonshot\.(ai|cn))$/.test(new URL(baseUrl).hostname) ? 'all' : 'turn';
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
