import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/**
 * The address that a request came from, for limits and never for rights. Behind the gateway, which is in the services' own network and
 * always writes `X-Real-IP` itself, it is the address that the gateway saw.
 */
export function clientAddressOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const peer = socket.remoteAddress ?? '';
  const seenByGateway = headers['x-real-ip'];
  const isGateway = ipaddr.isValid(peer) && ipaddr.process(peer).range() !== 'unicast';
  return isGateway && typeof seenByGateway === 'string' && ipaddr.isValid(seenByGateway)
    ? seenByGateway
    : peer;
}
