import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';

/**
 * Connects, with the user and password that the URL holds, waiting until a server is there, and from then on reconnects for ever. The client's own defaults give up after ten tries
 * and take four minutes to notice a half-open connection.
 */
export async function connectNats(url: string, name: string, logger: Logger): Promise<NatsConnection> {
  const servers = url.split(',').map((entry) => new URL(entry.includes('://') ? entry : `nats://${entry}`));
  const [{ username, password } = { username: '', password: '' }] = servers;
  const connection = await connect({
    servers: servers.map((server) => server.host),
    ...(username && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    name,
    inboxPrefix: inboxPrefixOf(name),
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 500,
    pingInterval: 10_000,
    maxPingOut: 2,
    ignoreClusterUpdates: true,
  });
  void logStatus(connection, logger);
  return connection;
}

async function logStatus(connection: NatsConnection, logger: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') logger.warn('disconnected from NATS');
    if (status.type === 'reconnect') logger.info('reconnected to NATS');
    if (status.type === 'error') logger.warn({ error: status.error.message }, 'NATS reported an error');
  }
}

/** The prefix of a service's inboxes. The permissions of NATS let no other service listen there (deploy/nats-users.conf). */
export function inboxPrefixOf(service: string): string {
  return `_INBOX_${service}`;
}
