import type { Plugin } from '../exchange.ts';
import type { CorrelationIdConfig } from '../routing/kong-config.ts';

/**
 * Gives every request an id, its UUID unless the caller brings one. Kong passes on whatever the caller sends; here an id that the services would refuse is replaced, so that
 * the reply, the services' logs and this gateway's log agree.
 */
export function correlationId(config: CorrelationIdConfig): Plugin {
  return {
    access(exchange) {
      const given = exchange.headers[config.header_name];
      if (typeof given === 'string' && /^[\w-]{1,64}$/.test(given)) exchange.requestId = given;
      exchange.addedHeaders.set(config.header_name, exchange.requestId);
      if (config.echo_downstream) exchange.responseHeaders.set(config.header_name, exchange.requestId);
      return undefined;
    },
  };
}
