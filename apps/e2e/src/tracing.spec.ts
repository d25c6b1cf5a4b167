import { OtlpReceiver, type ReceivedSpan, text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, expect } from 'vitest';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const receiver = await OtlpReceiver.start();
const traced = ['responses', 'llm', 'mcp'] as const;

afterAll(async () => {
  await Promise.all(traced.map((app) => system.restart(app)));
  await receiver.stop();
});

scenario(
  'tracing',
  'one trace goes through all services',
  async () => {
    const toReceiver = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
    await Promise.all(traced.map((app) => system.restart(app, toReceiver)));
    const jan = await system.jan();
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [toolCall('calculate', { expression: '1 + 1' })]
        : [text('It is a secret: 2.')];
    const traceId = 'c0ffee0000000000000000000000c0de';
    const { headers, body } = await jan.request('POST', '/responses/v1/responses', {
      headers: {
        'content-type': 'application/json',
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      },
      body: JSON.stringify({ model: 'jan-v2-30b', input: 'A secret sum' }),
    });
    expect(headers.get('traceparent')).toContain(traceId);

    const spans = () => receiver.spans.filter((span) => span.traceId === traceId);
    await expect.poll(spans).toHaveLength(5);
    const one = (service: string, name: string) => {
      const found = spans().filter((span) => span.service === service && span.name.startsWith(name));
      expect(found, name).not.toHaveLength(0);
      return found as [ReceivedSpan, ...ReceivedSpan[]]; // just seen
    };
    const [request] = one('responses', 'POST');
    const [run] = one('responses', 'run');
    const turns = one('llm', 'model turn');
    const [tool] = one('mcp', 'tool call');
    expect(run.parentSpanId).toBe(request.spanId);
    for (const below of [...turns, tool]) expect(below.parentSpanId).toBe(run.spanId);
    expect(turns).toHaveLength(2);
    expect(run.attributes).toMatchObject({ 'response.id': body.id, 'response.status': 'completed' });
    expect(tool.attributes).toMatchObject({ tool: 'calculate', outcome: 'ok' });
    const callers = spans().map(({ attributes }) => [attributes['user.id'], attributes['tenant.id']]);
    expect(new Set(callers.map(String)).size).toBe(1);
    expect(JSON.stringify(spans())).not.toMatch(/secret|1 \+ 1/);
  },
  60_000,
);
