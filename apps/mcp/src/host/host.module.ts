import { Module } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../config.ts';
import { ServersModule } from '../servers/servers.module.ts';
import { ToolsModule } from '../tools/tools.module.ts';
import type { HostedTool } from './tool.ts';
import { ToolPolicy } from './tool-policy.ts';
import { ToolRegistry } from './tool-registry.ts';
import { ToolRunner } from './tool-runner.ts';
import { BUILT_IN_TOOLS, SWITCHED_OFF_TOOLS } from './tool-source.ts';
import { ToolsHandler } from './tools.handler.ts';

/** Lists and runs the built-in tools and those of outside servers, over the bus and for the public endpoint. */
@Module({
  imports: [ToolsModule, ServersModule],
  controllers: [ToolsHandler],
  providers: [
    {
      provide: ToolPolicy,
      inject: [MCP_CONFIG, BUILT_IN_TOOLS, SWITCHED_OFF_TOOLS],
      useFactory: createPolicy,
    },
    ToolRegistry,
    ToolRunner,
  ],
  exports: [ToolRunner],
})
export class HostModule {}

function createPolicy(
  config: Pick<Config, 'policy'>,
  tools: readonly HostedTool[],
  switchedOff: readonly string[],
): ToolPolicy {
  const policy = new ToolPolicy(config.policy);
  policy.refuseUnknown([...tools.map(({ offer }) => offer.name), ...switchedOff]);
  return policy;
}
