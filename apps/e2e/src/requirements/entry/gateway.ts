import { architecture, rules, type Requirement } from '../requirement.ts';

export const gatewayRequirements = {
  'gateway-rate-limit': rules(
    'all dialects',
    '429 carries Retry-After and X-RateLimit-Limit/Remaining/Reset',
  ),
  'gateway-request-id': rules('all dialects', 'Every reply carries x-request-id'),
  'gateway-cors': architecture('Map', 'Browsers may call: preflight and exposed headers'),
  'gateway-identity': architecture('Map', 'An identity in a header is ignored'),
  'gateway-health': architecture('Map', '/healthz and /readyz answer for the whole system'),
  'gateway-routes': architecture('Map', 'A path without a route is 404; prefixes end at a segment'),
  'gateway-files': architecture(
    'Map',
    'The bodies of files pass the gateway while they arrive, and may be larger than others',
  ),
} satisfies Record<string, Requirement>;
