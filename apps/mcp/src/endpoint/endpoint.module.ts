import { Module } from '@nestjs/common';
import { HostModule } from '../host/host.module.ts';
import { CancellationsHandler } from './cancellations.handler.ts';
import { Cancellations } from './cancellations.ts';
import { McpEndpoint } from './mcp-endpoint.ts';
import { McpController } from './mcp.controller.ts';
import { ToolEvents } from './tool-events.ts';

/** The public `/mcp`: the tools for MCP clients. */
@Module({
  imports: [HostModule],
  controllers: [McpController, CancellationsHandler],
  providers: [Cancellations, ToolEvents, McpEndpoint],
})
export class EndpointModule {}
