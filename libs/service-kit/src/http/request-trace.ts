import type { Caller } from '@antiphon/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TraceContext, TraceSpan, Tracing } from '../telemetry/tracing.ts';

const spans = new WeakMap<FastifyRequest, TraceSpan>();

/** Where what is done for a request belongs in its trace. */
export function traceOf(request: FastifyRequest): TraceContext {
  return spans.get(request)?.context ?? null;
}

/** A span for each request, within the trace that its `traceparent` names; the answer says which it was. */
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

/** Who it was, where a guard has found out. */
function attributesOf({ caller }: FastifyRequest & { caller?: Caller }) {
  return caller ? callerAttributes(caller) : {};
}

export function callerAttributes({ userId, tenantId }: Pick<Caller, 'userId' | 'tenantId'>) {
  return { 'user.id': userId, 'tenant.id': tenantId };
}
