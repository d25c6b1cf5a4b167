import { randomUUID } from 'node:crypto';
import { AppError, type Caller, type InputOf, needsApproval, type ToolResult } from '@antiphon/contracts';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller, Serves, traceOf } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { CatalogTool } from '../tool-registry.ts';
import { ToolRunner } from '../tool-runner.ts';
import { toolRoutes as routes, type WireTool, type WireToolTrial } from './routes.ts';

/** The scope of callers that call tools without a model. */
const toolsScope = 'tools';

/** Shows the tools of a caller, and calls one without a model. */
@Controller()
@UseGuards(CallerGuard)
export class ToolsController {
  constructor(
    private readonly runner: ToolRunner,
    private readonly limits: CallerLimits,
  ) {}

  @Serves(routes.list)
  async list(_input: InputOf<typeof routes.list>, @CurrentCaller() caller: Caller) {
    const tools = await this.runner.catalog(caller);
    return { object: 'list' as const, data: tools.map(encodeTool), has_more: false as const };
  }

  @Serves(routes.try)
  async try(
    { params: { name }, body }: InputOf<typeof routes.try>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!caller.scopes.includes(toolsScope))
      throw new AppError(
        'forbidden',
        `Only callers with the scope "${toolsScope}" call tools without a model.`,
      );
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    const [tool] = await this.runner.list(caller, [name]);
    if (!tool) throw new AppError('not_found', 'There is no tool with this name. GET /v1/tools lists yours.');
    const call = {
      caller,
      name,
      arguments: JSON.stringify(body.arguments),
      idempotencyKey: `try_${randomUUID()}`,
      timeoutMs: tool.timeoutMs,
    };
    return encodeTrial(name, await this.runner.call(call, clientGone(reply.raw), traceOf(reply.request)));
  }
}

function encodeTool({ tool, serverLabel, isInAll }: CatalogTool): WireTool {
  const { readOnly, idempotent, destructive } = tool.annotations;
  return {
    object: 'tool',
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    annotations: { read_only: readOnly, idempotent, destructive },
    approval: tool.approval,
    needs_approval: needsApproval(tool),
    timeout_ms: tool.timeoutMs,
    server_label: serverLabel,
    in_all: isInAll,
  };
}

function encodeTrial(name: string, { output, images = [], error, durationMs }: ToolResult): WireToolTrial {
  return {
    object: 'tool_trial',
    name,
    output,
    images: images.map(({ url }) => url),
    error: error && { code: error.code, message: error.message },
    duration_ms: durationMs,
  };
}
