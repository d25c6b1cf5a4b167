import { BlockList, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';

const privateNetworks = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateNetworks.addSubnet(network, bits);
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  privateNetworks.addSubnet(network, bits, 'ipv6');

/**
 * The address that a request came from, for limits and never for rights. Behind the gateway, which is in the services' own network and
 * writes `X-Real-IP` itself whatever the client sent, it is the one that the gateway saw.
 */
export function clientAddressOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const peer = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const told = headers['x-real-ip'];
  const isOfOwnNetwork = peer !== '' && privateNetworks.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
  return isOfOwnNetwork && typeof told === 'string' && told.length <= 64 ? told : peer;
}
