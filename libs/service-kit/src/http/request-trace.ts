import type { Caller } from '@antiphon/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TraceContext, TraceSpan, Tracing } from '../telemetry/tracing.ts';

const spans = new WeakMap<FastifyRequest, TraceSpan>();

/** The parent of the spans of a request. */
export function traceOf(request: FastifyRequest): TraceContext {
  return spans.get(request)?.context ?? null;
}

/** Opens a span for each request, within the trace of its `traceparent`; the answer names the trace. */
export function traceRequests(
  server: FastifyInstance,
  tracing: Tracing,
  isTraced: (route: string) => boolean,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (isTraced(route)) {
      const { traceparent } = request.headers;
      const span = tracing.start(`${request.method} ${route}`, {
        kind: 'server',
        parent: typeof traceparent === 'string' ? traceparent : null,
        attributes: { 'http.request.method': request.method, 'http.route': route, 'request.id': request.id },
      });
      spans.set(request, span);
      reply.header('traceparent', span.context);
    }
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    spans.get(request)?.end(statusCode < 500 ? 'ok' : 'server_error', {
      'http.response.status_code': statusCode,
      ...attributesOf(request),
    });
    done();
  });
}

/** The caller, where a guard has identified it. */
function attributesOf({ caller }: FastifyRequest & { caller?: Caller }) {
  return caller ? callerAttributes(caller) : {};
}

export function callerAttributes({ userId, tenantId }: Pick<Caller, 'userId' | 'tenantId'>) {
  return { 'user.id': userId, 'tenant.id': tenantId };
}
