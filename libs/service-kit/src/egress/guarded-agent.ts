import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { ReachRules } from './reach-rules.ts';

/** Resolves a name to all of its addresses, as `dns.lookup` does with `all`. */
export type ResolveName = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface GuardedAgentOptions {
  connectTimeoutMs: number;
  connectionsPerHostMax: number;
  resolveName?: ResolveName | undefined;
}

/**
 * An undici agent that opens sockets to allowed addresses only. The check is part of the connector, so that it holds for every request
 * and for literal addresses (which undici does not look up); a name is resolved once, and the agent connects to the checked addresses,
 * so that a second look-up cannot return others.
 */
export function guardedAgent(rules: ReachRules, options: GuardedAgentOptions): Agent {
  const { connectTimeoutMs, connectionsPerHostMax, resolveName = systemLookup } = options;
  const connectorOptions = { timeout: connectTimeoutMs, allowH2: false, maxCachedSessions: 0 };
  return new Agent({
    allowH2: false,
    connections: connectionsPerHostMax,
    connect: (target, callback) => {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
      if (!rules.mayTry(host, port)) return callback(new RefusedAddress(), null);
      const mayConnect = rules.isListed(host, port)
        ? () => true
        : (address: string) => rules.mayConnect(address, port);
      buildConnector({ ...connectorOptions, lookup: checkedLookup(resolveName, mayConnect) })(
        target,
        callback,
      );
    },
  });
}

/** The address of a request is not public. Only the log names it. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';

  constructor() {
    super('the address may not be reached');
  }
}

/** A name with one private address is refused: the connector may choose any of its addresses. */
function checkedLookup(resolveName: ResolveName, mayConnect: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => mayConnect(address)))
        return callback(new RefusedAddress(), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
