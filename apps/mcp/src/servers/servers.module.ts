import { Egress, type EgressConfig, LOGGER, type Logger, SecretBox } from '@antiphon/service-kit';
import type { Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ApprovedToolsStore } from './registry/approved-tools.store.ts';
import { OutsideTools } from './outside-tools.ts';
import { serverBodies } from './registry/server-body.ts';
import { ServerDirectory } from './registry/server-directory.ts';
import type { ServerLimits } from './server-limits.ts';
import { ServerPins } from './registry/server-pins.ts';
import { ServerPool } from './connection/server-pool.ts';
import { ServerStore } from './registry/server.store.ts';
import type { McpServer } from './registry/server.ts';
import { SERVER_BODIES } from './registry/servers.controller.ts';

export interface ServersConfig {
  egress: EgressConfig;
  servers: { fromFile: readonly McpServer[]; limits: ServerLimits };
  secrets: { encryptionKey: string };
}

/** What the service needs for outside MCP servers. */
export function serverProviders({ egress, servers, secrets }: ServersConfig): Provider[] {
  const { fromFile, limits } = servers;
  return [
    { provide: SERVER_BODIES, useValue: serverBodies(limits) },
    {
      provide: ServerPool,
      inject: [LOGGER],
      useFactory: (logger: Logger) => {
        const ofFile = fromFile.map(({ url }) => hostAndPort(new URL(url)));
        if (ofFile.length > 0)
          logger.info({ hosts: ofFile }, 'the MCP servers of the file may be reached, private or not');
        return new ServerPool({
          limits,
          egress: serverEgress(egress, limits, []),
          operatorEgress: serverEgress(egress, limits, ofFile),
          logger,
        });
      },
    },
    {
      provide: ServerDirectory,
      inject: [DataSource, Egress, ServerPool, LOGGER],
      useFactory: (database: DataSource, ways: Egress, pool: ServerPool, logger: Logger) => {
        const store = new ServerStore(database, SecretBox.from(secrets.encryptionKey), limits);
        return new ServerDirectory(fromFile, store, ways, pool, logger);
      },
    },
    {
      provide: ServerPins,
      inject: [DataSource],
      useFactory: (database: DataSource) => new ServerPins(new ApprovedToolsStore(database)),
    },
    {
      provide: OutsideTools,
      inject: [ServerDirectory, ServerPool, ServerPins, LOGGER],
      useFactory: (directory: ServerDirectory, pool: ServerPool, pins: ServerPins, logger: Logger) =>
        new OutsideTools(directory, pool, pins, limits, logger),
    },
  ];
}

/** A way out that also reaches these hosts, wherever they are. Each link may hold a stream beside its calls, and many may go to one host. */
function serverEgress(config: EgressConfig, limits: ServerLimits, hosts: readonly string[]): Egress {
  return new Egress(
    {
      ...config,
      allowedHosts: [...config.allowedHosts, ...hosts],
      connectionsPerHostMax: limits.connectionsMax * 2 + config.connectionsPerHostMax,
    },
    'mcp',
  );
}

function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
