import {
  ConfigError,
  databaseConfig,
  databaseEnv,
  duration,
  egressConfig,
  egressEnv,
  encryptionEnv,
  flag,
  integer,
  list,
  type LocalAccessConfig,
  optionalText,
  outboxConfig,
  outboxEnv,
  readEnv,
  serviceConfig,
  serviceEnv,
  tokenConfig,
  tokenEnv,
  urlText,
} from '@antiphon/service-kit';
import { z } from 'zod';
import { readToolsFile } from './host/tools-file.ts';
import type { ServerLimits } from './servers/server-limits.ts';
import { readServersFile } from './servers/registry/servers-file.ts';

/** Nest's token for the service's config. */
export const MCP_CONFIG = Symbol('mcp config');

export type Config = ReturnType<typeof loadConfig>;

const megabyte = 1024 * 1024;

const environment = {
  ...serviceEnv(8091),
  ...databaseEnv,
  ...encryptionEnv,
  ...outboxEnv,
  ...egressEnv,
  ...tokenEnv,
  TOOLS_FILE: optionalText(),
  TOOLS_UNSAFE: z.enum(['off', 'named', 'on'], { error: 'must be off, named or on' }).default('off'),
  TOOL_EXECUTION_TIMEOUT: duration('45s'),
  TOOL_OUTPUT_BYTES_MAX: integer(256 * 1024, { min: 1024, max: 4 * megabyte }),
  TOOL_CONCURRENCY_MAX: integer(64, { min: 1 }),
  TOOL_WAITING_MAX: integer(256, { min: 0 }),
  MCP_PAGE_SIZE: integer(50, { min: 1, max: 1000 }),
  MCP_BATCH_MAX: integer(20, { min: 1, max: 100 }),
  MCP_PROGRESS_INTERVAL: duration('5s'),
  MCP_ALLOWED_ORIGINS: list(),
  SSE_HEARTBEAT: duration('15s'),
  MCP_SERVERS_FILE: optionalText(),
  MCP_SERVERS_MAX: integer(20, { min: 0, max: 1000 }),
  MCP_SERVERS_CONNECT_TIMEOUT: duration('5s'),
  MCP_SERVERS_LIST_TIMEOUT: duration('10s'),
  MCP_SERVERS_LIST_WAIT: duration('5s'),
  MCP_SERVERS_LIST_CACHE: duration('5m'),
  MCP_SERVERS_LIST_BYTES_MAX: integer(512 * 1024, { min: 1024 }),
  MCP_SERVERS_TOOLS_MAX: integer(128, { min: 1 }),
  MCP_SERVERS_SCHEMA_BYTES_MAX: integer(64 * 1024, { min: 64 }),
  MCP_SERVERS_DESCRIPTION_MAX: integer(2_000, { min: 16 }),
  MCP_SERVERS_ANSWER_BYTES_MAX: integer(8 * megabyte, { min: 1024 }),
  MCP_SERVERS_STREAM_BYTES_MAX: integer(64 * megabyte, { min: 1024 }),
  MCP_SERVERS_CALLS_MAX: integer(16, { min: 1 }),
  MCP_SERVERS_CONNECTIONS_MAX: integer(256, { min: 1 }),
  MCP_SERVERS_IDLE: duration('5m'),
  MCP_SERVERS_REQUEST_IDLE: duration('1m'),
  MCP_SERVERS_BACKOFF_MIN: duration('1s'),
  MCP_SERVERS_BACKOFF_MAX: duration('1m'),
  CALCULATE_CHARACTERS_MAX: integer(1_000, { min: 1, max: 10_000 }),
  CALCULATE_TIMEOUT: duration('1s'),
  CALCULATE_THREADS_MAX: integer(2, { min: 1, max: 64 }),
  SERPER_API_KEY: optionalText(),
  SERPER_URL: urlText('https://google.serper.dev'),
  TAVILY_API_KEY: optionalText(),
  TAVILY_URL: urlText('https://api.tavily.com'),
  EXA_API_KEY: optionalText(),
  EXA_URL: urlText('https://api.exa.ai'),
  SEARXNG_URL: httpUrl().optional(),
  SEARCH_TIMEOUT: duration('10s'),
  SEARCH_ANSWER_BYTES_MAX: integer(2 * megabyte, { min: 1024 }),
  SEARCH_FAILURES_MAX: integer(3, { min: 1 }),
  SEARCH_REST: duration('30s'),
  SEARCH_CACHE_TTL: duration('5m'),
  SEARCH_CACHE_BYTES_MAX: integer(16 * megabyte, { min: 1024 }),
  SCRAPE_TIMEOUT: duration('20s'),
  SCRAPE_PAGE_BYTES_MAX: integer(5 * megabyte, { min: 1024 }),
  SCRAPE_REDIRECTS_MAX: integer(5, { min: 0, max: 20 }),
  SCRAPE_READ_TIMEOUT: duration('15s'),
  SCRAPE_ELEMENTS_MAX: integer(20_000, { min: 1 }),
  SCRAPE_PDF_PAGES_MAX: integer(500, { min: 1 }),
  SCRAPE_THREADS_MAX: integer(2, { min: 1, max: 64 }),
  SCRAPE_THREAD_MEMORY_MB: integer(512, { min: 64 }),
  FILE_SEARCH_LANGUAGE: z
    .string()
    .regex(/^[a-z_]{1,63}$/, 'must be a text search configuration such as english')
    .default('english'),
  FILE_SEARCH_DOCUMENT_BYTES_MAX: integer(megabyte, { min: 1024, max: 6 * megabyte }),
  FILE_SEARCH_DOCUMENTS_MAX: integer(1000, { min: 1 }),
  FILE_SEARCH_CHUNK_CHARACTERS: integer(1200, { min: 100, max: 8000 }),
  FILE_SEARCH_OVERLAP_CHARACTERS: integer(200, { min: 0, max: 4000 }),
  FILE_SEARCH_DOCUMENT_CHUNKS_MAX: integer(2000, { min: 1, max: 20_000 }),
  FILE_SEARCH_CHUNKS_MAX: integer(20_000, { min: 1 }),
  FILE_SEARCH_VECTORS_MAX: integer(2000, { min: 1 }),
  FILE_SEARCH_EMBEDDING_TIMEOUT: duration('15s'),
  PYTHON_EXEC_ENABLED: flag(false),
  PYTHON_RUNNER_URL: httpUrl().optional(),
  PYTHON_TIMEOUT: duration('10s'),
  PYTHON_START_TIMEOUT: duration('60s'),
  PYTHON_MEMORY_MB: integer(256, { min: 64, max: 4096 }),
  PYTHON_OUTPUT_BYTES_MAX: integer(64 * 1024, { min: 1024, max: megabyte }),
  PYTHON_CONCURRENCY_MAX: integer(4, { min: 1, max: 256 }),
  PYTHON_SESSIONS_MAX: integer(8, { min: 0, max: 1024 }),
  PYTHON_SESSIONS_PER_CALLER_MAX: integer(2, { min: 1, max: 64 }),
  PYTHON_SESSION_IDLE: duration('10m'),
  PYTHON_WARM: integer(1, { min: 0, max: 64 }),
  PYTHON_CONFINEMENT: z
    .enum(['preferred', 'required'], { error: 'must be preferred or required' })
    .default('preferred'),
  HTTP_TOOLS_ALLOWED_URLS: list().superRefine((urls, context) => {
    for (const url of urls.filter((text) => !httpUrl().safeParse(text).success)) {
      context.addIssue(`must be http or https URLs, got "${url}"`);
    }
  }),
  HTTP_TOOLS_TIMEOUT: duration('20s'),
  HTTP_TOOLS_ANSWER_BYTES_MAX: integer(2 * megabyte, { min: 1024 }),
  HTTP_TOOLS_REDIRECTS_MAX: integer(5, { min: 0, max: 20 }),
};

/** The environment in our words. */
export function loadConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(environment, env);
  const serverLimits = serverLimitsOf(values);
  if (values.FILE_SEARCH_OVERLAP_CHARACTERS * 2 > values.FILE_SEARCH_CHUNK_CHARACTERS) {
    throw new ConfigError(
      'FILE_SEARCH_OVERLAP_CHARACTERS: must be at most half of FILE_SEARCH_CHUNK_CHARACTERS',
    );
  }
  const service = serviceConfig(values);
  return Object.freeze({
    service,
    database: databaseConfig(values),
    outbox: outboxConfig(values),
    egress: egressConfig(values),
    tokens: tokenConfig(values),
    tools: {
      timeoutMs: values.TOOL_EXECUTION_TIMEOUT,
      outputBytesMax: values.TOOL_OUTPUT_BYTES_MAX,
      concurrencyMax: values.TOOL_CONCURRENCY_MAX,
      waitingMax: values.TOOL_WAITING_MAX,
    },
    endpoint: {
      pageSize: values.MCP_PAGE_SIZE,
      batchMax: values.MCP_BATCH_MAX,
      progressIntervalMs: values.MCP_PROGRESS_INTERVAL,
      keepAliveMs: values.SSE_HEARTBEAT,
      allowedOrigins: [...values.MCP_ALLOWED_ORIGINS, ...originsOf(service.localAccess)],
      toolTimeoutMs: values.TOOL_EXECUTION_TIMEOUT,
    },
    policy: {
      file: readToolsFile(values.TOOLS_FILE),
      unsafe: enabledBy[values.TOOLS_UNSAFE],
    },
    servers: {
      fromFile: values.MCP_SERVERS_FILE ? readServersFile(values.MCP_SERVERS_FILE, serverLimits, env) : [],
      limits: serverLimits,
    },
    calculate: {
      charactersMax: values.CALCULATE_CHARACTERS_MAX,
      timeMs: values.CALCULATE_TIMEOUT,
      threadsMax: values.CALCULATE_THREADS_MAX,
    },
    search: {
      serperUrl: values.SERPER_URL,
      tavilyUrl: values.TAVILY_URL,
      exaUrl: values.EXA_URL,
      searxngUrl: values.SEARXNG_URL ?? null,
      timeoutMs: values.SEARCH_TIMEOUT,
      answerBytesMax: values.SEARCH_ANSWER_BYTES_MAX,
      circuit: { failuresMax: values.SEARCH_FAILURES_MAX, restMs: values.SEARCH_REST },
      cache: { ttlMs: values.SEARCH_CACHE_TTL, bytesMax: values.SEARCH_CACHE_BYTES_MAX },
    },
    scrape: {
      timeoutMs: values.SCRAPE_TIMEOUT,
      pageBytesMax: values.SCRAPE_PAGE_BYTES_MAX,
      redirectsMax: values.SCRAPE_REDIRECTS_MAX,
      readTimeoutMs: values.SCRAPE_READ_TIMEOUT,
      elementsMax: values.SCRAPE_ELEMENTS_MAX,
      pdfPagesMax: values.SCRAPE_PDF_PAGES_MAX,
      threadsMax: values.SCRAPE_THREADS_MAX,
      threadMemoryMb: values.SCRAPE_THREAD_MEMORY_MB,
    },
    fileSearch: {
      language: values.FILE_SEARCH_LANGUAGE,
      documentBytesMax: values.FILE_SEARCH_DOCUMENT_BYTES_MAX,
      documentsMax: values.FILE_SEARCH_DOCUMENTS_MAX,
      chunksPerDocumentMax: values.FILE_SEARCH_DOCUMENT_CHUNKS_MAX,
      chunksMax: values.FILE_SEARCH_CHUNKS_MAX,
      vectorsComparedMax: values.FILE_SEARCH_VECTORS_MAX,
      split: {
        pieceMax: values.FILE_SEARCH_CHUNK_CHARACTERS,
        overlapMax: values.FILE_SEARCH_OVERLAP_CHARACTERS,
      },
      embeddingTimeoutMs: values.FILE_SEARCH_EMBEDDING_TIMEOUT,
    },
    python: {
      isEnabled: values.PYTHON_EXEC_ENABLED,
      runnerUrl: values.PYTHON_RUNNER_URL ?? null,
      timeoutMs: values.PYTHON_TIMEOUT,
      startTimeoutMs: values.PYTHON_START_TIMEOUT,
      memoryMb: values.PYTHON_MEMORY_MB,
      outputBytesMax: values.PYTHON_OUTPUT_BYTES_MAX,
      concurrencyMax: values.PYTHON_CONCURRENCY_MAX,
      sessionsMax: values.PYTHON_SESSIONS_MAX,
      sessionsPerCallerMax: values.PYTHON_SESSIONS_PER_CALLER_MAX,
      sessionIdleMs: values.PYTHON_SESSION_IDLE,
      warm: values.PYTHON_WARM,
      confinement: values.PYTHON_CONFINEMENT,
    },
    http: {
      allowedUrls: values.HTTP_TOOLS_ALLOWED_URLS,
      timeoutMs: values.HTTP_TOOLS_TIMEOUT,
      answerBytesMax: values.HTTP_TOOLS_ANSWER_BYTES_MAX,
      redirectsMax: values.HTTP_TOOLS_REDIRECTS_MAX,
    },
    secrets: {
      encryptionKey: values.ENCRYPTION_KEY,
      serperApiKey: values.SERPER_API_KEY,
      tavilyApiKey: values.TAVILY_API_KEY,
      exaApiKey: values.EXA_API_KEY,
    },
  });
}

/** The pages that may call the whole system may call the endpoint. */
function originsOf(access: LocalAccessConfig | null): string[] {
  if (access === null) return [];
  return [...access.allowedOrigins, ...(access.publicUrl === null ? [] : [new URL(access.publicUrl).origin])];
}

function serverLimitsOf(values: ReturnType<typeof readEnv<typeof environment>>): ServerLimits {
  return {
    perOwnerMax: values.MCP_SERVERS_MAX,
    timeouts: {
      connectMs: values.MCP_SERVERS_CONNECT_TIMEOUT,
      listMs: values.MCP_SERVERS_LIST_TIMEOUT,
      callMs: values.TOOL_EXECUTION_TIMEOUT,
    },
    listWaitMs: values.MCP_SERVERS_LIST_WAIT,
    listCacheMs: values.MCP_SERVERS_LIST_CACHE,
    listBytesMax: values.MCP_SERVERS_LIST_BYTES_MAX,
    toolsPerServerMax: values.MCP_SERVERS_TOOLS_MAX,
    schemaBytesMax: values.MCP_SERVERS_SCHEMA_BYTES_MAX,
    descriptionCharactersMax: values.MCP_SERVERS_DESCRIPTION_MAX,
    answerBytesMax: values.MCP_SERVERS_ANSWER_BYTES_MAX,
    streamBytesMax: values.MCP_SERVERS_STREAM_BYTES_MAX,
    callsPerServerMax: values.MCP_SERVERS_CALLS_MAX,
    connectionsMax: values.MCP_SERVERS_CONNECTIONS_MAX,
    idleMs: values.MCP_SERVERS_IDLE,
    requestIdleMs: values.MCP_SERVERS_REQUEST_IDLE,
    backoffMinMs: values.MCP_SERVERS_BACKOFF_MIN,
    backoffMaxMs: values.MCP_SERVERS_BACKOFF_MAX,
  };
}

const enabledBy = { off: false, named: 'named', on: true } as const;

function httpUrl() {
  return z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
}
