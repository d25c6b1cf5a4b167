import { list } from '../config/env.ts';
import { countLimit, durationLimit } from '../config/limit.ts';
import type { LimitsOf } from '../config/limits-file.ts';
import type { EgressConfig } from './egress.ts';
import { readAllowedHost } from './egress-purpose.ts';
import { ReachRules } from './reach-rules.ts';

/** The variables of every service that requests URLs which callers or models choose. */
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
};

/** The limits of every service that requests URLs which callers or models choose. */
export const egressLimits = {
  egress: {
    connect_timeout: durationLimit('5s', 'How long a connection to a host outside may take.'),
    connections_per_host_max: countLimit(32, { min: 1 }, 'Connections at the same time to one host outside.'),
  },
};

export function egressConfig(
  env: { EGRESS_ALLOWED_HOSTS: string[]; EGRESS_ALLOWED_PORTS: number[] },
  limits: LimitsOf<typeof egressLimits>,
): EgressConfig {
  return {
    allowedHosts: env.EGRESS_ALLOWED_HOSTS,
    allowedPorts: env.EGRESS_ALLOWED_PORTS,
    connectTimeoutMs: limits.egress.connect_timeout,
    connectionsPerHostMax: limits.egress.connections_per_host_max,
  };
}
