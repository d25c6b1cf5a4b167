import type { Plugin } from '../exchange.ts';
import type { RequestTransformerConfig } from '../routing/kong-config.ts';

/** Removes the named headers of the caller. */
export function requestTransformer(config: RequestTransformerConfig): Plugin {
  return {
    access(exchange) {
      for (const name of config.remove.headers) {
        exchange.removedHeaders.add(name);
        exchange.addedHeaders.delete(name);
      }
      return undefined;
    },
  };
}
