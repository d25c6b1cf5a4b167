import type { Logger } from 'pino';
import type { TracingConfig } from './tracing-config.ts';

/**
 * A place in a trace, as W3C's header `traceparent` has it; null where nothing is traced. It is handed on like any other argument:
 * AsyncLocalStorage would cost every request a tenth of its speed.
 */
export type TraceContext = string | null;

export type SpanAttributes = Record<string, string | number | boolean>;

export interface SpanStart {
  /** Null begins a trace. */
  parent: TraceContext;
  attributes: SpanAttributes;
  /** `server` for work that another process requested. */
  kind?: 'internal' | 'server';
}

export interface TraceSpan {
  /** The parent of spans below it. */
  readonly context: TraceContext;
  /** `outcome`: `ok`, or the reason of the failure in one word. */
  end(outcome: string, attributes?: SpanAttributes): void;
}

/** Records spans. Does nothing where no endpoint is configured. */
export abstract class Tracing {
  abstract readonly isOn: boolean;
  abstract start(name: string, span: SpanStart): TraceSpan;
  /** Exports the remaining spans. */
  abstract stop(): Promise<void>;
}

const noSpan: TraceSpan = { context: null, end: () => undefined };

export const noTracing: Tracing = { isOn: false, start: () => noSpan, stop: async () => undefined };

/** The libraries are loaded where they are used: they would take a service a tenth of its start. */
export async function createTracing(
  config: TracingConfig | null,
  service: string,
  logger: Logger,
): Promise<Tracing> {
  if (config === null) return noTracing;
  const { OtlpTracing } = await import('./otlp-tracing.ts');
  return new OtlpTracing(config, service, logger);
}
