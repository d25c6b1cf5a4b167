import type { Caller } from '@antiphon/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

const responseIds = new WeakMap<FastifyRequest, string>();

/** Adds the id of the response that a request creates to the line that is logged at its end. */
export function logResponseId(request: FastifyRequest, responseId: string): void {
  responseIds.set(request, responseId);
}

/**
 * Logs one line a request, at its end: the only one of the whole chain at the default level, because the gateway logs what it answers itself.
 * Holds no query, which may have secrets.
 */
export function logRequests(
  server: FastifyInstance,
  logger: Logger,
  isLogged: (route: string) => boolean,
): void {
  server.addHook('onResponse', (request: FastifyRequest & { caller?: Caller }, reply, done) => {
    if (isLogged(request.routeOptions.url ?? 'none')) {
      const line = {
        requestId: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        userId: request.caller?.userId,
        responseId: responseIds.get(request),
      };
      logger.info(line, 'request');
    }
    done();
  });
}
