import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Plugin } from '../exchange.ts';
import type { PrometheusConfig } from '../routing/kong-config.ts';

const latencyBucketsMs = [5, 25, 50, 80, 100, 250, 400, 700, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

/** Kong's metric names and labels, so that one dashboard fits both. Bandwidth counts bodies only. */
export function prometheus(config: PrometheusConfig, registry: Registry): Plugin {
  const requests = new Counter({
    name: 'kong_http_requests_total',
    help: 'HTTP status codes per service and route',
    labelNames: ['service', 'route', 'code', 'source'],
    registers: [registry],
  });
  const bandwidth = new Counter({
    name: 'kong_bandwidth_bytes',
    help: 'Body bytes per service and route',
    labelNames: ['service', 'route', 'direction'],
    registers: [registry],
  });
  const requestLatency = latencyHistogram('kong_request_latency_ms', 'The whole request', registry);
  const upstreamLatency = latencyHistogram(
    'kong_upstream_latency_ms',
    'Until the headers of the upstream',
    registry,
  );

  return {
    log({ match }, outcome) {
      const labels = { service: match?.service.name ?? '', route: match?.route.name ?? '' };
      if (config.status_code_metrics)
        requests.inc({ ...labels, code: outcome.status, source: outcome.source });
      if (config.latency_metrics) {
        requestLatency.observe(labels, outcome.durationMs);
        if (outcome.upstreamMs !== undefined) upstreamLatency.observe(labels, outcome.upstreamMs);
      }
      if (config.bandwidth_metrics) {
        bandwidth.inc({ ...labels, direction: 'ingress' }, outcome.bytesIn);
        bandwidth.inc({ ...labels, direction: 'egress' }, outcome.bytesOut);
      }
    },
  };
}

function latencyHistogram(name: string, help: string, registry: Registry): Histogram<'service' | 'route'> {
  return new Histogram({
    name,
    help: `${help}, in milliseconds`,
    labelNames: ['service', 'route'],
    buckets: latencyBucketsMs,
    registers: [registry],
  });
}
