import type { Usage } from '@antiphon/contracts';
import { metrics } from '@antiphon/service-kit';
import { Counter, Histogram } from 'prom-client';

const requestsTotal = new Counter({
  name: 'llm_requests_total',
  help: 'Model turns, embeddings and requests for images by how they ended: ok, cancelled, or the code of the error',
  labelNames: ['provider', 'model', 'outcome'] as const,
  registers: [metrics],
});

const requestSeconds = new Histogram({
  name: 'llm_request_seconds',
  help: 'Duration of model turns, embeddings and requests for images in seconds, retries included',
  labelNames: ['provider', 'model'] as const,
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300],
  registers: [metrics],
});

const attemptsTotal = new Counter({
  name: 'llm_attempts_total',
  help: 'Attempts at model turns, embeddings and images by how they ended: ok, cancelled, content_filter, or the code of the error',
  labelNames: ['provider', 'outcome'] as const,
  registers: [metrics],
});

const tokensTotal = new Counter({
  name: 'llm_tokens_total',
  help: 'Tokens by kind: input, cached_input and cache_write (parts of input), output, reasoning (part of output)',
  labelNames: ['provider', 'model', 'kind'] as const,
  registers: [metrics],
});

/** Counts one attempt. A request has one for each time that a provider is asked. */
export function countAttempt(provider: string, outcome: string): void {
  attemptsTotal.inc({ provider, outcome });
}

/** Counts a finished model turn, embedding or request for images. */
export function recordAnswer(answer: {
  provider: string;
  model: string;
  outcome: string;
  seconds: number;
  usage: Usage | null;
}): void {
  const { provider, model, outcome, seconds, usage } = answer;
  requestsTotal.inc({ provider, model, outcome });
  requestSeconds.observe({ provider, model }, seconds);
  if (usage === null) return;
  tokensTotal.inc({ provider, model, kind: 'input' }, usage.inputTokens);
  tokensTotal.inc({ provider, model, kind: 'cached_input' }, usage.cachedInputTokens);
  tokensTotal.inc({ provider, model, kind: 'cache_write' }, usage.cacheWriteTokens ?? 0);
  tokensTotal.inc({ provider, model, kind: 'output' }, usage.outputTokens);
  tokensTotal.inc({ provider, model, kind: 'reasoning' }, usage.reasoningTokens);
}
