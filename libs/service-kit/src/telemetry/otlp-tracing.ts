import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type TracerProviderOptions,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { TracingConfig } from './tracing-config.ts';
import type { SpanAttributes, SpanStart, TraceContext, TraceSpan, Tracing } from './tracing.ts';

const exportTimeoutMs = 10_000;
/** Spans that wait to be sent; further ones are dropped. */
const spansMax = 2_048;
const batchMax = 512;

/** Spans by OpenTelemetry, sent together as OTLP over HTTP. Parents are given, never looked up in a context of the process. */
export class OtlpTracing implements Tracing {
  readonly isOn = true;
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor(config: TracingConfig, service: string, logger: Logger) {
    const warn = (message: string) => logger.warn({ message: message.slice(0, 500) }, 'tracing');
    const ignore = () => undefined;
    diag.setLogger(
      { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    const exporter = new OTLPTraceExporter({
      url: config.url,
      headers: config.headers,
      timeoutMillis: exportTimeoutMs,
    });
    const processor = new BatchSpanProcessor({
      exporter,
      maxQueueSize: spansMax,
      maxExportBatchSize: batchMax,
      scheduledDelayMillis: config.exportIntervalMs,
      exportTimeoutMillis: exportTimeoutMs,
    });
    this.provider = new TracerProvider({
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.keptShare) }),
      resource: resourceOf({ 'service.name': service, 'service.namespace': 'antiphon' }),
      spanProcessors: [processor],
    });
    this.tracer = this.provider.getTracer('antiphon');
  }

  start(name: string, { parent, attributes, kind }: SpanStart): TraceSpan {
    const options = { attributes, kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL };
    return new OtlpSpan(this.tracer.startSpan(name, options, contextOf(parent)));
  }

  stop(): Promise<void> {
    return this.provider.shutdown();
  }
}

class OtlpSpan implements TraceSpan {
  readonly context: TraceContext;

  constructor(private readonly span: Span) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.context = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  end(outcome: string, attributes: SpanAttributes = {}): void {
    this.span.setAttributes({ outcome, ...attributes });
    if (outcome !== 'ok') this.span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    this.span.end();
  }
}

/** Texts in another form than `traceparent` are ignored. */
function contextOf(parent: TraceContext) {
  const parts =
    parent === null ? null : /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(parent);
  const [, traceId, spanId, flags] = parts ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  });
}

/** Set explicitly: the library would detect it from the environment. */
function resourceOf(attributes: Record<string, string>): NonNullable<TracerProviderOptions['resource']> {
  const resource = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  } as NonNullable<TracerProviderOptions['resource']>;
  return resource;
}
