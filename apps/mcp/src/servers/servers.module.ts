import { Egress, type EgressConfig, LOGGER, type Logger } from '@antiphon/service-kit';
import { Module } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../config.ts';
import { hostAndPort } from '../egress/operator-egress.ts';
import { ServerPool } from './connection/server-pool.ts';
import { OutsideTools } from './outside-tools.ts';
import { ApprovedToolsStore } from './registry/approved-tools.store.ts';
import { ServerDirectory } from './registry/server-directory.ts';
import { ServerPins } from './registry/server-pins.ts';
import { ServerStore } from './registry/server.store.ts';
import type { ServerLimits } from './server-limits.ts';

/** Outside MCP servers: the registered ones, the connections to them, and their tools. */
@Module({
  providers: [
    { provide: ServerPool, inject: [MCP_CONFIG, LOGGER], useFactory: createPool },
    ServerStore,
    ServerDirectory,
    ApprovedToolsStore,
    ServerPins,
    OutsideTools,
  ],
  exports: [OutsideTools, ServerDirectory, ServerPins, ServerPool],
})
export class ServersModule {}

function createPool({ egress, servers: { fromFile, limits } }: Config, logger: Logger): ServerPool {
  const hosts = fromFile.map(({ url }) => hostAndPort(url));
  if (hosts.length > 0)
    logger.info({ hosts }, 'the MCP servers of the file may be reached at private addresses');
  return new ServerPool({
    limits,
    egress: serverEgress(egress, limits, []),
    operatorEgress: serverEgress(egress, limits, hosts),
    logger,
  });
}

/** An egress that also reaches these hosts at private addresses. A link may hold a stream besides its calls, and one host may have many links. */
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
