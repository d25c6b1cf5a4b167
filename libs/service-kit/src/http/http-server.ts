import { AppError } from '@antiphon/contracts';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { ServiceConfig } from '../config/service-config.ts';
import { httpRequestSeconds } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { type EncodeError, sendError, toAppError } from './app-error-filter.ts';
import type { BodyAdmission } from './body/body-admission.ts';
import type { EntryCheck } from './entry-check.ts';
import { type MendsTextOf, readJson } from './body/read-json.ts';
import { contractOf } from '../routes/contract-of.ts';
import { checkReplies } from '../routes/reply-check.ts';
import { logRequests } from './request-log.ts';
import { traceRequests } from './request-trace.ts';

/** Longer than the 60 s that gateways keep idle connections, so that none is closed under a request that is on its way. */
const keepAliveTimeoutMs = 75_000;

export interface HttpServerParts {
  logger: Logger;
  tracing: Tracing;
  entryCheck: EntryCheck;
  encodeError: EncodeError;
  mendsTextOf: MendsTextOf | undefined;
}

/** The HTTP side of a service: the entry check, request ids, bounded JSON bodies, one log line a request. */
export function createHttpAdapter(config: ServiceConfig, parts: HttpServerParts): FastifyAdapter {
  const { logger, tracing, entryCheck, encodeError, mendsTextOf } = parts;
  const options: FastifyServerOptions = {
    logger: false,
    bodyLimit: config.bodyLimits.bytesMax,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestIdHeader: false,
    // Requests on open connections are still answered while the server closes: no other instance receives them.
    return503OnClosing: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    frameworkErrors: (error, request, reply) =>
      sendError(reply, toAppError(error, request), request, encodeError),
  };
  const adapter = new FastifyAdapter(options);
  const server: FastifyInstance = adapter.getInstance();
  server.server.headersTimeout = keepAliveTimeoutMs + 1_000;
  measureRequests(server);
  logRequests(server, logger, (route) => !isProbe(route));
  forbidCaching(server);
  checkEntry(server, entryCheck, encodeError);
  readJsonBodies(server, config, mendsTextOf);
  if (config.checksReplies) checkReplies(server);
  if (tracing.isOn) traceRequests(server, tracing, (route) => !isProbe(route));
  return adapter;
}

/** The caller's own id where it is plain, so that the request can be followed through every log; else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : crypto.randomUUID();
}

/** Answers are private to their caller, and often secret: a token, a key. A route whose answer may be cached sets its own header. */
function forbidCaching(server: FastifyInstance): void {
  server.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store');
    done();
  });
}

function checkEntry(server: FastifyInstance, entryCheck: EntryCheck, encodeError: EncodeError): void {
  server.addHook('onRequest', (request, reply, done) => {
    const error = entryCheck.refusalOf(request);
    if (error === null) done();
    else sendError(reply, error, request, encodeError);
  });
}

/** Bodies are admitted before they are read. Called once the providers that identify callers exist. */
export function admitBodies(server: FastifyInstance, admission: BodyAdmission): void {
  server.addHook('onRequest', (request, reply) => admission.admit(request, reply.raw));
  // A listener that is added here gets every chunk: the body's parser is added in the same turn of the event loop.
  server.addHook('preParsing', (request, _reply, payload, done) => {
    admission.count(request, payload);
    done(null, payload);
  });
}

function readJsonBodies(
  server: FastifyInstance,
  config: ServiceConfig,
  mendsTextOf: MendsTextOf | undefined,
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>(
    /^application\/(?:[\w.-]+\+)?json\b/i,
    { parseAs: 'buffer' },
    async (request: { headers: Record<string, unknown> }, body: Buffer) => {
      if (request.headers['content-encoding'] !== undefined)
        throw notJson('Send the body without a Content-Encoding.');
      return readJson(body, { limits: config.bodyLimits, mendsTextOf });
    },
  );
  server.addContentTypeParser(/^multipart\/form-data\b/i, async (request: FastifyRequest, body: unknown) => {
    // The method of the route reads the form.
    if (contractOf(request)?.form) return body;
    throw notJson(jsonOnly);
  });
  server.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    if (body.length > 0) throw notJson(jsonOnly);
    return undefined;
  });
}

const jsonOnly = 'Send JSON with the header "Content-Type: application/json".';

function notJson(message: string): AppError {
  return new AppError('unsupported_media_type', message);
}

function measureRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const ms = reply.elapsedTime;
    const route = request.routeOptions.url ?? 'none';
    httpRequestSeconds.observe({ method: request.method, route, status: reply.statusCode }, ms / 1000);
    done();
  });
}

function isProbe(route: string): boolean {
  return route === '/healthz' || route === '/readyz' || route === '/metrics';
}
