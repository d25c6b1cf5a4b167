/**
 * The purpose of a request to a chosen URL: webhooks of runs; tools that fetch pages and call HTTP services; MCP servers; images and files that a
 * request links to; redirects from another host, for any purpose of the first URL.
 */
export const egressPurposes = ['webhooks', 'tools', 'mcp', 'links', 'redirects'] as const;
export type EgressPurpose = (typeof egressPurposes)[number];

const purposed = new RegExp(`^(${egressPurposes.join('|')}):(?!\\d+$)(.+)$`);

/** The purpose of an entry of `EGRESS_ALLOWED_HOSTS`, and its host. `mcp:8091` is a host with a port, as in a container network. */
export function readAllowedHost(entry: string): { purpose: string | null; host: string } {
  const [, purpose = null, host = entry] = purposed.exec(entry) ?? [];
  return { purpose, host };
}

/**
 * The hosts that are open for a purpose. An entry without one is open for all of them but redirects: a public page must not be able to lead
 * into a network because one of its hosts receives webhooks.
 */
export function hostsFor(purpose: EgressPurpose, entries: readonly string[]): string[] {
  return entries
    .map(readAllowedHost)
    .filter((entry) => entry.purpose === purpose || (entry.purpose === null && purpose !== 'redirects'))
    .map(({ host }) => host);
}
