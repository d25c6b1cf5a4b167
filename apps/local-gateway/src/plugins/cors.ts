import type { LocalAccess } from '@antiphon/service-kit/light';
import type { Exchange, Plugin } from '../exchange.ts';
import type { CorsConfig } from '../routing/kong-config.ts';

/**
 * CORS like Kong's: it answers a preflight before any token is checked; every other reply, refusals included, gets the headers.
 * `@fastify/cors` would answer every OPTIONS request and needs a Fastify route. With a real Kong, which reads the same file, every call
 * needs a token and pages of any origin may call. Where the services allow calls without one, `localAccess` replaces the file's origins.
 */
export function cors(config: CorsConfig, localAccess: LocalAccess | null): Plugin {
  const methods = config.methods.join(',');
  const exposed = config.exposed_headers.join(',');
  const allowed = config.headers.join(',');

  return {
    access(exchange) {
      setAllowedOrigin(exchange, config.origins, localAccess);
      if (isPreflight(exchange)) {
        const refusal = localAccess?.refusalOf(exchange);
        if (refusal) return { status: refusal.status, message: refusal.message };
      } else {
        if (exposed !== '') exchange.responseHeaders.set('access-control-expose-headers', exposed);
        return undefined;
      }
      const headers: Record<string, string> = { 'access-control-allow-methods': methods };
      const requested = exchange.headers['access-control-request-headers'];
      if (allowed !== '') headers['access-control-allow-headers'] = allowed;
      else if (requested !== undefined) headers['access-control-allow-headers'] = requested;
      if (config.max_age !== undefined) headers['access-control-max-age'] = String(config.max_age);
      return { status: 200, message: '', headers };
    },
  };
}

function setAllowedOrigin(
  exchange: Exchange,
  origins: readonly string[],
  localAccess: LocalAccess | null,
): void {
  const { origin } = exchange.headers;
  const isAllowed = (from: string) => localAccess?.allowsOrigin(from) ?? origins.includes(from);
  if (localAccess === null && origins.includes('*')) {
    exchange.responseHeaders.set('access-control-allow-origin', '*');
    return;
  }
  exchange.responseHeaders.set('vary', 'Origin');
  if (origin !== undefined && isAllowed(origin)) {
    exchange.responseHeaders.set('access-control-allow-origin', origin);
  }
}

function isPreflight({ method, headers }: Exchange): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}
