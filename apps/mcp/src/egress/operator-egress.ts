import { Egress, type EgressConfig } from '@antiphon/service-kit';

/** An egress to the hosts of URLs that the operator configured, and to no others. These hosts may have private addresses. */
export function operatorEgress(config: EgressConfig, urls: readonly string[]): Egress {
  return new Egress({ ...config, allowedHosts: urls.map(hostAndPort), allowedPorts: [] }, 'tools');
}

/** A URL's host and port, in the form in which the egress config lists hosts. */
export function hostAndPort(text: string): string {
  const url = new URL(text);
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
}
