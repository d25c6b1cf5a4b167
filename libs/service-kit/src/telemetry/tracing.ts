import type { Logger } from 'pino';
import type { TracingConfig } from './tracing-config.ts';

/**
 * A place in a trace in the form of W3C's header `traceparent`; null where nothing is traced. It is passed as an argument:
 * AsyncLocalStorage would make every request a tenth slower.
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

/** The libraries are loaded only where they are used: loading them takes a tenth of a service's start. */
export async function createTracing(
  config: TracingConfig | null,
  service: string,
  logger: Logger,
): Promise<Tracing> {
  if (config === null) return noTracing;
  const { OtlpTracing } = await import('./otlp-tracing.ts');
  return new OtlpTracing(config, service, logger);
}
