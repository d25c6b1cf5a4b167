import { duration, integer, list } from '../config/env.ts';
import type { EgressConfig } from './egress.ts';
import { readAllowedHost } from './egress-purpose.ts';
import { ReachRules } from './reach-rules.ts';

/** The variables of every service that asks URLs which callers or models choose. */
export const egressEnv = {
  EGRESS_ALLOWED_HOSTS: list().superRefine((allowedHosts, context) => {
    try {
      new ReachRules({
        allowedHosts: allowedHosts.map((entry) => readAllowedHost(entry).host),
        allowedPorts: [],
      });
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : 'cannot be read');
    }
  }),
  EGRESS_ALLOWED_PORTS: list(['80', '443', '8080', '8443']).transform((ports, context) =>
    ports.map((text) => {
      const port = Number(text);
      if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port;
      context.addIssue(`must be ports separated by commas, got "${text}"`);
      return 0;
    }),
  ),
  EGRESS_CONNECT_TIMEOUT: duration('5s'),
  EGRESS_CONNECTIONS_PER_HOST_MAX: integer(32, { min: 1 }),
};

export function egressConfig(env: {
  EGRESS_ALLOWED_HOSTS: string[];
  EGRESS_ALLOWED_PORTS: number[];
  EGRESS_CONNECT_TIMEOUT: number;
  EGRESS_CONNECTIONS_PER_HOST_MAX: number;
}): EgressConfig {
  return {
    allowedHosts: env.EGRESS_ALLOWED_HOSTS,
    allowedPorts: env.EGRESS_ALLOWED_PORTS,
    connectTimeoutMs: env.EGRESS_CONNECT_TIMEOUT,
    connectionsPerHostMax: env.EGRESS_CONNECTIONS_PER_HOST_MAX,
  };
}
