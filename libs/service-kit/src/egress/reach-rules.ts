import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface ReachRulesOptions {
  /** Hosts, `host:port`, addresses and ranges (CIDR) that may be reached although they are private. */
  allowedHosts: readonly string[];
  /** The ports that may be reached anywhere else. */
  allowedPorts: readonly number[];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/**
 * Where a request to a chosen URL may go: to public addresses on the usual ports, and to what the operator listed. A listed host or
 * `host:port` is reached wherever its name points and a listed address or range on every port.
 */
export class ReachRules {
  private readonly hosts = new Set<string>();
  private readonly ranges: Range[] = [];
  private readonly ports: ReadonlySet<number>;

  /** Throws an Error that names the entry of `allowedHosts` it cannot read. */
  constructor({ allowedHosts, allowedPorts }: ReachRulesOptions) {
    this.ports = new Set(allowedPorts);
    for (const entry of allowedHosts) {
      const range = parseRange(entry);
      if (range) this.ranges.push(range);
      else this.hosts.add(parseHost(entry));
    }
  }

  /** Whether the operator listed this host by its name (or address) and port. */
  isListed(host: string, port: number): boolean {
    return this.hosts.has(host) || this.hosts.has(hostAndPort(host, port));
  }

  /** What the text of a URL alone can tell: a name that passes must still resolve to addresses that do. */
  mayTry(host: string, port: number): boolean {
    if (this.isListed(host, port)) return true;
    if (isIP(host) !== 0) return this.mayConnect(host, port);
    return looksPublic(host) && (this.ports.has(port) || this.ranges.length > 0);
  }

  mayConnect(address: string, port: number): boolean {
    const parsed = parseAddress(address);
    if (parsed === null) return false;
    if (this.ranges.some((range) => isWithin(parsed, range))) return true;
    return this.ports.has(port) && isPublic(parsed);
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
  if (address.kind() === 'ipv6') return isWithin(address, globalUnicast);
  return !cloudInternal.has(address.toString());
}

const globalUnicast = ipaddr.parseCIDR('2000::/3');

/** An IPv4 address in IPv6 clothes is that IPv4 address. */
function parseAddress(text: string): Address | null {
  return isIP(text) === 0 ? null : ipaddr.process(text);
}

function isWithin(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function parseRange(entry: string): Range | null {
  const bare = entry.replace(/^\[|\]$/g, '');
  const address = parseAddress(bare);
  if (address) return [address, address.kind() === 'ipv4' ? 32 : 128];
  return ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : null;
}

function parseHost(entry: string): string {
  const [, host = '', port] = /^(\[[^\]]+\]|[^:/?#@\s]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  if (host === '' || !URL.canParse(`http://${host}`)) {
    throw new Error(`"${entry}" is not a host, host:port, address or CIDR range`);
  }
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
