import { AppError } from '@antiphon/contracts';
import { Controller, Get, Module, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../boot.ts';
import { readEnv } from '../config/env.ts';
import { readLimits } from '../config/limits-file.ts';
import { serviceConfig, serviceEnv } from '../config/service-config.ts';
import { serviceLimits } from '../config/service-limits.ts';
import { traceOf } from '../http/request-trace.ts';
import { MemoryBus } from '../bus/memory-bus.ts';
import { OtlpReceiver } from '../testing/otlp-receiver.ts';
import { createLogger } from './logger.ts';

@Controller()
class Things {
  @Get('things/:id')
  read(@Req() request: FastifyRequest & { params: { id: string } }) {
    if (request.params.id === 'broken') throw new AppError('internal', 'broken');
    return { trace: traceOf(request) };
  }
}

@Module({ controllers: [Things] })
class ThingsModule {}

let receiver: OtlpReceiver;
let service: RunningService;
beforeEach(async () => {
  receiver = await OtlpReceiver.start();
});
afterEach(() => receiver.stop());

async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const config = {
    service: serviceConfig(
      readEnv(serviceEnv(0), { SHUTDOWN_DRAIN: '0s', ...env }),
      readLimits(serviceLimits, {}),
    ),
  };
  const module = { module: ThingsModule };
  service = await startService(
    { name: 'things', config, module },
    new MemoryBus(),
    createLogger('things', 'silent'),
  );
}
const get = (path: string, headers: Record<string, string> = {}) => fetch(service.url + path, { headers });

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('tracing', () => {
  it('continues the trace that a request names, and returns its id', async () => {
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/` });
    const answer = await get('/things/7', { traceparent: `00-${traceId}-${spanId}-01` });
    const traceparent = answer.headers.get('traceparent');
    expect(await answer.json()).toEqual({ trace: traceparent });
    await service.stop();
    expect(receiver.spans).toMatchObject([
      {
        service: 'things',
        name: 'GET /things/:id',
        traceId,
        parentSpanId: spanId,
        isError: false,
        attributes: { 'http.route': '/things/:id', outcome: 'ok' },
      },
    ]);
    expect(traceparent).toBe(`00-${traceId}-${receiver.spans[0]?.spanId}-01`);
  });

  it('begins a trace where the request names none, and marks failures', async () => {
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    await get('/things/broken', { traceparent: 'nonsense' });
    await get('/healthz');
    await service.stop();
    expect(receiver.spans).toHaveLength(1);
    expect(receiver.spans[0]).toMatchObject({ isError: true });
    expect(receiver.spans[0]?.parentSpanId).toBeUndefined();
  });

  it('drops traces that are not sampled', async () => {
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER_ARG: '0' });
    await get('/things/1');
    await get('/things/2', { traceparent: `00-${traceId}-${spanId}-00` });
    await get('/things/3', { traceparent: `00-${traceId}-${spanId}-01` });
    await service.stop();
    expect(receiver.spans.map((span) => span.traceId)).toEqual([traceId]);
  });

  it('is off without an endpoint', async () => {
    await start({});
    const answer = await get('/things/7', { traceparent: `00-${traceId}-${spanId}-01` });
    expect(answer.headers.has('traceparent')).toBe(false);
    expect(await answer.json()).toEqual({ trace: null });
    await service.stop();
  });
});
