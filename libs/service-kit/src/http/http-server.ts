import { AppError } from '@antiphon/contracts';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { ServiceConfig } from '../config/service-config.ts';
import { httpRequestSeconds } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { type EncodeError, sendError, toAppError } from './app-error-filter.ts';
import { readJson } from './read-json.ts';
import { traceRequests } from './request-trace.ts';

/** Longer than the 60 s that gateways keep idle connections, so that none is closed under a request that is on its way. */
const keepAliveTimeoutMs = 75_000;

/** The HTTP side of a service: request ids, bounded JSON bodies, one log line a request. */
export function createHttpAdapter(
  config: ServiceConfig,
  logger: Logger,
  encodeError: EncodeError,
  tracing: Tracing,
): FastifyAdapter {
  const options: FastifyServerOptions = {
    logger: false,
    bodyLimit: config.bodyLimitBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestIdHeader: false,
    // Who is connected when the closing begins is still answered: the request is here, and nobody else has it.
    return503OnClosing: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    frameworkErrors: (error, request, reply) =>
      sendError(reply, toAppError(error, request), request, encodeError),
  };
  const adapter = new FastifyAdapter(options);
  const server: FastifyInstance = adapter.getInstance();
  server.server.headersTimeout = keepAliveTimeoutMs + 1_000;
  refuseNulInUrls(server, encodeError);
  readJsonBodies(server, config);
  observeRequests(server, logger);
  if (tracing.isOn) traceRequests(server, tracing, (route) => !isProbe(route));
  return adapter;
}

/** A caller's own id where it is a plain one, so that it can be followed through every log; else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : crypto.randomUUID();
}

/** PostgreSQL refuses NUL characters, and nothing has a name that holds one. Bodies with them are refused where they are read. */
function refuseNulInUrls(server: FastifyInstance, encodeError: EncodeError): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.url.includes('%00')) return done();
    const query = request.url.split('?', 2)[1] ?? '';
    const error = query.includes('%00') ? nulInQuery(query) : toAppError({ statusCode: 404 }, request);
    sendError(reply, error, request, encodeError);
  });
}

function nulInQuery(query: string): AppError {
  const [param] = [...new URLSearchParams(query)].find(([, value]) => value.includes('\0')) ?? [];
  return new AppError('invalid_request', `${param ?? 'The query'} holds a NUL character: remove it.`, {
    param,
  });
}

function readJsonBodies(server: FastifyInstance, config: ServiceConfig): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>(
    /^application\/(?:[\w.-]+\+)?json\b/i,
    { parseAs: 'buffer' },
    async (request: { headers: Record<string, unknown> }, body: Buffer) => {
      if (request.headers['content-encoding'] !== undefined)
        throw notJson('Send the body without a Content-Encoding.');
      return readJson(body, config.bodyDepthMax);
    },
  );
  server.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    if (body.length > 0) throw notJson('Send JSON with the header "Content-Type: application/json".');
    return undefined;
  });
}

function notJson(message: string): AppError {
  return new AppError('unsupported_media_type', message);
}

function observeRequests(server: FastifyInstance, logger: Logger): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const ms = reply.elapsedTime;
    const route = request.routeOptions.url ?? 'none';
    httpRequestSeconds.observe({ method: request.method, route, status: reply.statusCode }, ms / 1000);
    if (!isProbe(route)) {
      const path = request.url.split('?', 1)[0];
      logger.info(
        { requestId: request.id, method: request.method, path, status: reply.statusCode, ms: Math.round(ms) },
        'request',
      );
    }
    done();
  });
}

function isProbe(route: string): boolean {
  return route === '/healthz' || route === '/readyz' || route === '/metrics';
}
