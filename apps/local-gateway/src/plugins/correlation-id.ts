import type { Plugin } from '../exchange.ts';
import type { CorrelationIdConfig } from '../routing/kong-config.ts';

/**
 * Gives every request an id: the caller's, or a UUID. Kong accepts any id; this plugin replaces an id that the services would refuse, so
 * that the reply, the services' logs and the gateway's log have the same one.
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
