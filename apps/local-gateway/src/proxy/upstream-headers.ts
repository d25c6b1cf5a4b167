import type { IncomingHttpHeaders } from 'node:http';
import type { Exchange } from '../exchange.ts';

/** Headers of a single connection, and those that the gateway writes itself. */
const connectionHeaders = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const droppedFromRequest = new Set([
  ...connectionHeaders,
  'content-length',
  'expect',
  'host',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-real-ip',
]);

const droppedFromResponse = new Set(connectionHeaders);

/** The headers for the upstream, names and values by turns. Of the caller's forwarding headers only X-Forwarded-For is kept. */
export function requestHeaders(exchange: Exchange, localPort: number | undefined): string[] {
  const { headers, removedHeaders, addedHeaders, clientIp, match } = exchange;
  const sent: string[] = [];
  const named = connectionSpecific(headers.connection);
  for (const name in headers) {
    if (droppedFromRequest.has(name) || removedHeaders.has(name) || addedHeaders.has(name)) continue;
    if (named?.has(name)) continue;
    pushValues(sent, name, headers[name]);
  }
  for (const [name, value] of addedHeaders) sent.push(name, value);
  const forwardedFor = headers['x-forwarded-for'];
  sent.push(
    'x-forwarded-for',
    forwardedFor === undefined ? clientIp : `${String(forwardedFor)}, ${clientIp}`,
  );
  sent.push('x-forwarded-proto', 'http', 'x-real-ip', clientIp);
  if (headers.host !== undefined) sent.push('x-forwarded-host', headers.host);
  if (localPort !== undefined) sent.push('x-forwarded-port', String(localPort));
  if (match?.strippedPrefix !== undefined) sent.push('x-forwarded-prefix', match.strippedPrefix);
  return sent;
}

/** The headers for the caller: the upstream's and the gateway's own. */
export function responseHeaders(exchange: Exchange, headers: IncomingHttpHeaders): string[] {
  const own = exchange.responseHeaders;
  const sent: string[] = [];
  for (const name in headers) {
    if (droppedFromResponse.has(name)) continue;
    // Both values of Vary count; of every other header the gateway's value does.
    if (own.has(name) && name !== 'vary') continue;
    pushValues(sent, name, headers[name]);
  }
  for (const [name, value] of own) sent.push(name, value);
  return sent;
}

function pushValues(sent: string[], name: string, value: string | string[] | undefined): void {
  if (typeof value === 'string') sent.push(name, value);
  else for (const one of value ?? []) sent.push(name, one);
}

/** The headers that `Connection` lists for the next hop only. */
function connectionSpecific(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
