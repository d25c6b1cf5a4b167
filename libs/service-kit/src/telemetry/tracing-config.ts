import { z } from 'zod';
import { integer, list } from '../config/env.ts';

/** The endpoint of spans: the variables of OpenTelemetry's specification, with its times in milliseconds. */
export const tracingEnv = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: list().superRefine((headers, context) => {
    if (!headers.every((header) => /^[\w-]+=/.test(header))) context.addIssue('must be name=value,…');
  }),
  OTEL_BSP_SCHEDULE_DELAY: integer(5_000, { min: 1 }),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .default('1')
    .transform(Number)
    .refine((share) => share >= 0 && share <= 1, 'must be from 0 to 1'),
};

export interface TracingConfig {
  url: string;
  headers: Record<string, string>;
  exportIntervalMs: number;
  /** The share of traces that are kept, of those that begin here. For other traces the header decides. */
  keptShare: number;
}

/** Null where no endpoint is set: then nothing is traced. */
export function tracingConfig(env: z.output<z.ZodObject<typeof tracingEnv>>): TracingConfig | null {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: Object.fromEntries(
      env.OTEL_EXPORTER_OTLP_HEADERS.map((header): [string, string] => {
        const [name = '', ...value] = header.split('=');
        return [name, decodeURIComponent(value.join('='))];
      }),
    ),
    exportIntervalMs: env.OTEL_BSP_SCHEDULE_DELAY,
    keptShare: env.OTEL_TRACES_SAMPLER_ARG,
  };
}
