import { Module } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../config.ts';
import { ServersModule } from '../servers/servers.module.ts';
import { ToolsModule } from '../tools/tools.module.ts';
import { HostedModule } from '../hosted/hosted.module.ts';
import { HostedTools } from '../hosted/hosted-tools.ts';
import type { RegisteredTool } from './tool.ts';
import { ToolPolicy } from './tool-policy.ts';
import { ToolRegistry } from './tool-registry.ts';
import { ToolRunner } from './tool-runner.ts';
import { BUILT_IN_TOOLS, SWITCHED_OFF_TOOLS } from './tool-source.ts';
import { ToolsController } from './http/tools.controller.ts';
import { ToolsHandler } from './tools.handler.ts';

/** Lists and runs the built-in tools, the hosted tools of requests and the tools of outside servers, over the bus and for the public endpoint. */
@Module({
  imports: [ToolsModule, HostedModule, ServersModule],
  controllers: [ToolsHandler, ToolsController],
  providers: [
    {
      provide: ToolPolicy,
      inject: [MCP_CONFIG, BUILT_IN_TOOLS, SWITCHED_OFF_TOOLS, HostedTools],
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
  tools: readonly RegisteredTool[],
  switchedOff: readonly string[],
  hosted: HostedTools,
): ToolPolicy {
  const policy = new ToolPolicy(config.policy);
  policy.refuseUnknown([...tools.map(({ offer }) => offer.name), ...switchedOff, ...hosted.names]);
  return policy;
}
