import {
  duration,
  egressConfig,
  egressEnv,
  integer,
  list,
  optionalText,
  readEnv,
  serviceConfig,
  serviceEnv,
  urlText,
} from '@antiphon/service-kit';
import { z } from 'zod';

export type Config = ReturnType<typeof loadConfig>;

const megabyte = 1024 * 1024;

const environment = {
  ...serviceEnv(8091),
  ...egressEnv,
  TOOL_EXECUTION_TIMEOUT: duration('45s'),
  TOOL_OUTPUT_BYTES_MAX: integer(256 * 1024, { min: 1024, max: 4 * megabyte }),
  TOOL_CONCURRENCY_MAX: integer(64, { min: 1 }),
  TOOL_WAITING_MAX: integer(256, { min: 0 }),
  SEARXNG_URL: httpUrl().optional(),
  SERPER_API_KEY: optionalText(),
  SERPER_URL: urlText('https://google.serper.dev'),
  SEARCH_TIMEOUT: duration('10s'),
  SEARCH_ANSWER_BYTES_MAX: integer(2 * megabyte, { min: 1024 }),
  SCRAPE_TIMEOUT: duration('20s'),
  SCRAPE_PAGE_BYTES_MAX: integer(5 * megabyte, { min: 1024 }),
  SCRAPE_REDIRECTS_MAX: integer(5, { min: 0, max: 20 }),
  SCRAPE_READ_TIMEOUT: duration('15s'),
  SCRAPE_ELEMENTS_MAX: integer(20_000, { min: 1 }),
  SCRAPE_THREADS_MAX: integer(2, { min: 1, max: 64 }),
  SCRAPE_THREAD_MEMORY_MB: integer(512, { min: 64 }),
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
  return Object.freeze({
    service: serviceConfig(values),
    egress: egressConfig(values),
    tools: {
      timeoutMs: values.TOOL_EXECUTION_TIMEOUT,
      outputBytesMax: values.TOOL_OUTPUT_BYTES_MAX,
      concurrencyMax: values.TOOL_CONCURRENCY_MAX,
      waitingMax: values.TOOL_WAITING_MAX,
    },
    search: {
      searxngUrl: values.SEARXNG_URL ?? null,
      serperUrl: values.SERPER_URL,
      timeoutMs: values.SEARCH_TIMEOUT,
      answerBytesMax: values.SEARCH_ANSWER_BYTES_MAX,
    },
    scrape: {
      timeoutMs: values.SCRAPE_TIMEOUT,
      pageBytesMax: values.SCRAPE_PAGE_BYTES_MAX,
      redirectsMax: values.SCRAPE_REDIRECTS_MAX,
      readTimeoutMs: values.SCRAPE_READ_TIMEOUT,
      elementsMax: values.SCRAPE_ELEMENTS_MAX,
      threadsMax: values.SCRAPE_THREADS_MAX,
      threadMemoryMb: values.SCRAPE_THREAD_MEMORY_MB,
    },
    http: {
      allowedUrls: values.HTTP_TOOLS_ALLOWED_URLS,
      timeoutMs: values.HTTP_TOOLS_TIMEOUT,
      answerBytesMax: values.HTTP_TOOLS_ANSWER_BYTES_MAX,
      redirectsMax: values.HTTP_TOOLS_REDIRECTS_MAX,
    },
    secrets: { serperApiKey: values.SERPER_API_KEY },
  });
}

function httpUrl() {
  return z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
}
