import {
  ConfigError,
  databaseConfig,
  databaseEnv,
  databaseLimits,
  duration,
  egressConfig,
  egressEnv,
  egressLimits,
  encryptionEnv,
  eventsLimits,
  flag,
  type LimitsFile,
  type LimitsOf,
  list,
  type LocalAccessConfig,
  optionalText,
  outboxConfig,
  readEnv,
  readLimits,
  readLimitsFile,
  serviceConfig,
  serviceEnv,
  serviceLimits,
  signingKeysLimits,
  tokenConfig,
  tokenEnv,
  urlText,
} from '@antiphon/service-kit';
import { z } from 'zod';
import type { ContainerLimits } from './containers/container-limits.ts';
import type { FileLimits } from './files/file-limits.ts';
import { readToolsFile } from './host/tools-file.ts';
import { mcpLimits } from './limits.ts';
import type { ServerLimits } from './servers/server-limits.ts';
import { readServersFile } from './servers/registry/servers-file.ts';
import type { VectorStoreLimits } from './vector-stores/vector-store-limits.ts';

/** Nest's token for the service's config. */
export const MCP_CONFIG = Symbol('mcp config');

export type Config = ReturnType<typeof loadConfig>;

/** Characters of an expression of `calculate`. */
const expressionCharactersMax = 1_000;
/** Redirects that one request of a tool follows. */
const redirectsMax = 5;
/** Elements of a page that `scrape` reads. */
const pageElementsMax = 20_000;

const environment = {
  ...serviceEnv(8091),
  ...databaseEnv,
  ...encryptionEnv,
  ...egressEnv,
  ...tokenEnv,
  TOOLS_FILE: optionalText(),
  TOOLS_UNSAFE: z.enum(['off', 'named', 'on'], { error: 'must be off, named or on' }).default('off'),
  TOOL_EXECUTION_TIMEOUT: duration('45s'),
  MCP_ALLOWED_ORIGINS: list(),
  SSE_HEARTBEAT: duration('15s'),
  MCP_SERVERS_FILE: optionalText(),
  SERPER_API_KEY: optionalText(),
  SERPER_URL: urlText('https://google.serper.dev'),
  TAVILY_API_KEY: optionalText(),
  TAVILY_URL: urlText('https://api.tavily.com'),
  EXA_API_KEY: optionalText(),
  EXA_URL: urlText('https://api.exa.ai'),
  SEARXNG_URL: httpUrl().optional(),
  FILE_SEARCH_LANGUAGE: z
    .string()
    .regex(/^[a-z_]{1,63}$/, 'must be a text search configuration such as english')
    .default('english'),
  PYTHON_EXEC_ENABLED: flag(false),
  PYTHON_RUNNER_URL: httpUrl().optional(),
  SHELL_RUNNER_URL: httpUrl().optional(),
  PYTHON_CONFINEMENT: z
    .enum(['preferred', 'required'], { error: 'must be preferred or required' })
    .default('preferred'),
  HTTP_TOOLS_ALLOWED_URLS: list().superRefine((urls, context) => {
    for (const url of urls.filter((text) => !httpUrl().safeParse(text).success)) {
      context.addIssue(`must be http or https URLs, got "${url}"`);
    }
  }),
};

/** The sections of the limits file that this service reads. */
export const limitSections = {
  ...serviceLimits,
  ...signingKeysLimits,
  ...databaseLimits,
  ...egressLimits,
  ...eventsLimits,
  ...mcpLimits,
};

/** The service's config from the environment, the limits file and the files of tools and servers. Throws ConfigError that names the invalid settings. */
export function loadConfig(env: NodeJS.ProcessEnv, file: LimitsFile = readLimitsFile(env)) {
  const values = readEnv(environment, env);
  const limits = readLimits(limitSections, file, env['LIMITS_FILE']);
  const { tools, search, scrape, http_tools, file_search, files, python, calculate, mcp_endpoint } = limits;
  const { vector_stores } = limits;
  const containers = containerLimitsOf(limits.containers, python.memory_mb);
  const serverLimits = serverLimitsOf(limits.mcp_servers, values.TOOL_EXECUTION_TIMEOUT);
  if (file_search.overlap_characters * 2 > file_search.chunk_characters) {
    throw new ConfigError(
      'LIMITS_FILE: file_search.overlap_characters: must be at most half of file_search.chunk_characters',
    );
  }
  const service = serviceConfig(values, limits);
  return Object.freeze({
    service,
    database: databaseConfig(values, limits),
    outbox: outboxConfig(limits),
    egress: egressConfig(values, limits),
    tokens: tokenConfig(values, limits),
    tools: {
      timeoutMs: values.TOOL_EXECUTION_TIMEOUT,
      outputBytesMax: tools.output_bytes_max,
      concurrencyMax: tools.concurrency_max,
      waitingMax: tools.waiting_max,
    },
    endpoint: {
      pageSize: mcp_endpoint.page_size,
      batchMax: mcp_endpoint.batch_max,
      progressIntervalMs: mcp_endpoint.progress_interval,
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
      charactersMax: expressionCharactersMax,
      timeMs: calculate.timeout,
      threadsMax: calculate.threads_max,
    },
    search: {
      serperUrl: values.SERPER_URL,
      tavilyUrl: values.TAVILY_URL,
      exaUrl: values.EXA_URL,
      searxngUrl: values.SEARXNG_URL ?? null,
      timeoutMs: search.timeout,
      answerBytesMax: search.answer_bytes_max,
      circuit: { failuresMax: search.failures_max, restMs: search.rest },
      cache: { ttlMs: search.cache_ttl, bytesMax: search.cache_bytes_max },
    },
    scrape: {
      timeoutMs: scrape.timeout,
      pageBytesMax: scrape.page_bytes_max,
      redirectsMax,
      readTimeoutMs: scrape.read_timeout,
      elementsMax: pageElementsMax,
      pdfPagesMax: scrape.pdf_pages_max,
      threadsMax: scrape.threads_max,
      threadMemoryMb: scrape.thread_memory_mb,
    },
    imageGeneration: {
      timeoutMs: limits.image_generation.timeout,
      bytesMax: limits.image_generation.image_bytes_max,
      maskBytesMax: limits.image_generation.mask_bytes_max,
    },
    fileSearch: {
      language: values.FILE_SEARCH_LANGUAGE,
      documentBytesMax: file_search.document_bytes_max,
      documentsMax: file_search.documents_max,
      chunksPerDocumentMax: file_search.document_chunks_max,
      chunksMax: file_search.chunks_max,
      vectorsComparedMax: file_search.vectors_max,
      split: {
        pieceMax: file_search.chunk_characters,
        overlapMax: file_search.overlap_characters,
      },
      embeddingTimeoutMs: file_search.embedding_timeout,
    },
    files: { limits: fileLimitsOf(files), s3: files.store },
    vectorStores: vectorStoreLimitsOf(vector_stores),
    documents: {
      readTimeoutMs: vector_stores.read_timeout,
      threadsMax: vector_stores.threads_max,
      threadMemoryMb: vector_stores.thread_memory_mb,
      charactersMax: vector_stores.file_characters_max,
      pagesMax: vector_stores.file_pages_max,
    },
    containers: { limits: containers },
    python: {
      isEnabled: values.PYTHON_EXEC_ENABLED,
      runnerUrl: values.PYTHON_RUNNER_URL ?? null,
      timeoutMs: python.timeout,
      startTimeoutMs: python.start_timeout,
      memoryMb: python.memory_mb,
      outputBytesMax: python.output_bytes_max,
      concurrencyMax: python.concurrency_max,
      sessionsMax: python.sessions_max,
      sessionsPerCallerMax: python.sessions_per_caller_max,
      sessionIdleMs: python.session_idle,
      warm: python.warm,
      confinement: values.PYTHON_CONFINEMENT,
      data: containers.data,
    },
    shell: {
      runnerUrl: values.SHELL_RUNNER_URL ?? null,
      timeoutMs: limits.shell.timeout,
      startTimeoutMs: limits.shell.start_timeout,
      commandsMax: limits.shell.commands_max,
      outputBytesMax: limits.shell.output_bytes_max,
      memoryMbMax: limits.shell.memory_mb_max,
      data: containers.data,
    },
    http: {
      allowedUrls: values.HTTP_TOOLS_ALLOWED_URLS,
      timeoutMs: http_tools.timeout,
      answerBytesMax: http_tools.answer_bytes_max,
      redirectsMax,
    },
    secrets: {
      encryptionKey: values.ENCRYPTION_KEY,
      serperApiKey: values.SERPER_API_KEY,
      tavilyApiKey: values.TAVILY_API_KEY,
      exaApiKey: values.EXA_API_KEY,
    },
  });
}

/** Pages that may use the whole system may use the endpoint too. */
function originsOf(access: LocalAccessConfig | null): string[] {
  if (access === null) return [];
  return [...access.allowedOrigins, ...(access.publicUrl === null ? [] : [new URL(access.publicUrl).origin])];
}

function serverLimitsOf(limits: LimitsOf<typeof mcpLimits>['mcp_servers'], callMs: number): ServerLimits {
  return {
    perOwnerMax: limits.per_caller_max,
    timeouts: {
      connectMs: limits.connect_timeout,
      listMs: limits.list_timeout,
      callMs,
    },
    listWaitMs: limits.list_wait,
    listCacheMs: limits.list_cache,
    listBytesMax: limits.list_bytes_max,
    toolsPerServerMax: limits.tools_max,
    schemaBytesMax: limits.schema_bytes_max,
    descriptionCharactersMax: limits.description_characters_max,
    answerBytesMax: limits.answer_bytes_max,
    streamBytesMax: limits.stream_bytes_max,
    callsPerServerMax: limits.calls_max,
    connectionsMax: limits.connections_max,
    idleMs: limits.idle,
    requestIdleMs: limits.request_idle,
    backoffMinMs: limits.backoff_min,
    backoffMaxMs: limits.backoff_max,
  };
}

function fileLimitsOf(limits: LimitsOf<typeof mcpLimits>['files']): FileLimits {
  return {
    fileBytesMax: limits.file_bytes_max,
    uploadBytesMax: limits.upload_bytes_max,
    partBytesMax: limits.part_bytes_max,
    partsPerUploadMax: limits.upload_parts_max,
    uploadTtlMs: limits.upload_ttl,
    openUploadsMax: limits.open_uploads_max,
    callerBytesMax: limits.caller_bytes_max,
    guestBytesMax: limits.guest_bytes_max,
    filesPerCallerMax: limits.caller_files_max,
    cleanUpIntervalMs: limits.clean_up_interval,
  };
}

function vectorStoreLimitsOf(limits: LimitsOf<typeof mcpLimits>['vector_stores']): VectorStoreLimits {
  return {
    storesPerCallerMax: limits.caller_stores_max,
    filesPerStoreMax: limits.store_files_max,
    callerBytesMax: limits.caller_bytes_max,
    guestBytesMax: limits.guest_bytes_max,
    fileBytesMax: limits.file_bytes_max,
    chunksPerFileMax: limits.file_chunks_max,
    indexedAtOnceMax: limits.indexed_at_once,
    attemptsMax: limits.attempts_max,
    leaseMs: limits.lease,
    pollMs: limits.poll_interval,
    cleanUpIntervalMs: limits.clean_up_interval,
  };
}

function containerLimitsOf(
  limits: LimitsOf<typeof mcpLimits>['containers'],
  memoryMb: number,
): ContainerLimits {
  return {
    idleMinutes: Math.min(limits.idle_minutes, limits.idle_minutes_max),
    idleMinutesMax: limits.idle_minutes_max,
    memoryMbMax: memoryMb,
    data: {
      fileBytesMax: limits.file_bytes_max,
      bytesMax: limits.bytes_max,
      filesMax: limits.files_max,
    },
    perCallerMax: limits.per_caller_max,
  };
}

const enabledBy = { off: false, named: 'named', on: true } as const;

function httpUrl() {
  return z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
}
