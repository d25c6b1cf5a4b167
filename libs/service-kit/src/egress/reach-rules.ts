import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface ReachRulesOptions {
  /** `host:port`, or a host for all its ports, that may be reached although it is private: names and addresses as URLs spell them. */
  allowedHosts: readonly string[];
  /** The ports that may be reached anywhere else. */
  allowedPorts: readonly number[];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Where a request to a chosen URL may go: to public addresses on the usual ports, and to what the operator listed, exactly: a listed host
 * is reached wherever its name points, and a name that points to a listed address is not listed by that.
 */
export class ReachRules {
  private readonly hosts: ReadonlySet<string>;
  private readonly ports: ReadonlySet<number>;

  /** Throws an Error that names the entry of `allowedHosts` it cannot read. */
  constructor({ allowedHosts, allowedPorts }: ReachRulesOptions) {
    this.hosts = new Set(allowedHosts.map(parseHost));
    this.ports = new Set(allowedPorts);
  }

  /** Whether the operator listed this host by its name (or address) and port. */
  isListed(host: string, port: number): boolean {
    return this.hosts.has(host) || this.hosts.has(hostAndPort(host, port));
  }

  /** What the text of a URL alone can tell: a name that passes must still resolve to addresses that do. */
  mayTry(host: string, port: number): boolean {
    if (this.isListed(host, port)) return true;
    if (isIP(host) !== 0) return this.mayConnect(host, port);
    return looksPublic(host) && this.ports.has(port);
  }

  mayConnect(address: string, port: number): boolean {
    return this.ports.has(port) && isIP(address) !== 0 && isPublic(ipaddr.process(address));
  }
}

/** Names of one label and names of private zones mean something only inside a network. */
function looksPublic(host: string): boolean {
  return (
    host.includes('.') &&
    !/\.(local|internal|localhost|localdomain|svc|cluster|lan|home|corp|intranet|arpa)$/.test(host)
  );
}

/** Public in the address plan, yet answered inside a cloud's own network: Azure's wire server. */
const cloudInternal = new Set(['168.63.129.16']);

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  // Global unicast is 2000::/3. What lies outside of it (::/96 with an IPv4 address in it, for one) is unassigned or old.
  if (address.kind() === 'ipv6') return address.match(globalUnicast);
  return !cloudInternal.has(address.toString());
}

const globalUnicast = ipaddr.parseCIDR('2000::/3');

function parseHost(entry: string): string {
  const spelled = isIP(entry) === 6 ? `[${entry}]` : entry;
  const [, host = '', port] = /^(\[[^\]]+\]|[^:/?#@*\s]+)(?::(\d{1,5}))?$/.exec(spelled) ?? [];
  if (host === '' || !URL.canParse(`http://${host}`))
    throw new Error(`"${entry}" is not host:port or a host`);
  const name = hostOf(new URL(`http://${host}`));
  return port === undefined ? name : hostAndPort(name, Number(port));
}

/** Not joined by a colon: `::1:9000` is an address as well as an address and a port. */
function hostAndPort(host: string, port: number): string {
  return `${host} ${port}`;
}

/** The host of a URL as these rules compare it: no brackets, no trailing dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
