import type { Caller } from '@antiphon/contracts';
import { CallerGuard, CallerLimits, CurrentCaller } from '@antiphon/service-kit';
import { All, Controller, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { McpEndpoint } from './mcp-endpoint.ts';

/** The tools for MCP clients. */
@Controller('mcp')
@UseGuards(CallerGuard)
export class McpController {
  constructor(
    private readonly endpoint: McpEndpoint,
    private readonly limits: CallerLimits,
  ) {}

  @All()
  async handle(
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    await this.endpoint.handle(caller, request, reply);
  }
}
