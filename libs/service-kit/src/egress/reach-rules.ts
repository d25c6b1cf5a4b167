import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface ReachRulesOptions {
  /** Private hosts that may be reached: `host:port`, or a host for all its ports, in the spelling of URLs. */
  allowedHosts: readonly string[];
  /** The ports that may be reached on all other hosts. */
  allowedPorts: readonly number[];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * The rules for requests to chosen URLs: public addresses on the usual ports, and exactly the hosts that the operator listed. A listed host
 * is reached at any address of its name; a name that points to a listed address is not listed by that.
 */
export class ReachRules {
  private readonly hosts: ReadonlySet<string>;
  private readonly ports: ReadonlySet<number>;

  /** Throws an Error that names an invalid entry of `allowedHosts`. */
  constructor({ allowedHosts, allowedPorts }: ReachRulesOptions) {
    this.hosts = new Set(allowedHosts.map(parseHost));
    this.ports = new Set(allowedPorts);
  }

  /** Whether the operator listed this host by its name (or address) and port. */
  isListed(host: string, port: number): boolean {
    return this.hosts.has(host) || this.hosts.has(hostAndPort(host, port));
  }

  /** Checks the text of a URL only: a name that passes must still resolve to addresses that pass. */
  mayTry(host: string, port: number): boolean {
    if (this.isListed(host, port)) return true;
    if (isIP(host) !== 0) return this.mayConnect(host, port);
    return looksPublic(host) && this.ports.has(port);
  }

  mayConnect(address: string, port: number): boolean {
    return this.ports.has(port) && isIP(address) !== 0 && isPublic(ipaddr.process(address));
  }
}

/** Names of one label and names of private zones resolve inside a network only. */
function looksPublic(host: string): boolean {
  return (
    host.includes('.') &&
    !/\.(local|internal|localhost|localdomain|svc|cluster|lan|home|corp|intranet|arpa)$/.test(host)
  );
}

/** Public in the address plan, but answered inside a cloud's own network: Azure's wire server. */
const cloudInternal = new Set(['168.63.129.16']);

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  // Global unicast is 2000::/3. Other addresses (such as ::/96 with an IPv4 address) are unassigned or obsolete.
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
