import { Histogram, Registry } from 'prom-client';
import { collectProcessMetrics } from './process-metrics.ts';

/** The registry behind GET /metrics. Apps register their own figures here. */
export const metrics = new Registry();

collectProcessMetrics(metrics);

/** How long requests took, by route pattern (never by path: ids would make a series each). */
export const httpRequestSeconds = new Histogram({
  name: 'http_request_seconds',
  help: 'Duration of HTTP requests in seconds',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  registers: [metrics],
});
